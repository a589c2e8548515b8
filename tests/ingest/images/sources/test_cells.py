"""Pictures inside a Parquet table, read again by the row they stand in."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.errors import ImageError
from likewise.ingest.images import Cell, Pictures, picture_cells
from likewise.ingest.images.sources.cells import CellReader


def picture(at):
    return b"picture %d " % at * (1 + at % 50)


@pytest.fixture
def table(tmp_path):
    """Three row groups of 100 rows, with bytes, structs, text, and structs with gaps."""
    rows = range(300)
    gaps = [{"bytes": None if at % 3 else picture(at), "path": f"{at}.jpg" if at % 3 == 1 else None} for at in rows]
    pq.write_table(
        pa.table(
            {
                "image": [picture(at) for at in rows],
                "struct": [{"bytes": picture(at), "path": "x.jpg"} for at in rows],
                "gaps": pa.array(gaps, pa.struct({"bytes": pa.binary(), "path": pa.string()})),
                "text": [f"{at}.jpg" for at in rows],
                "a/b %": [picture(at) for at in rows],
            }
        ),
        tmp_path / "shop.parquet",
        row_group_size=100,
    )
    return tmp_path / "shop.parquet"


@pytest.mark.parametrize("column", ["image", "struct", "a/b %"])
def test_cells_are_read_in_order_and_again(table, column):
    pictures = Pictures(table.parent)
    cells = list(picture_cells(table, table.name, column))
    assert cells == [Cell("shop.parquet", column, row) for row in range(2, 302)]
    refs = [pictures.find(cell).ref for cell in cells]
    assert [pictures.read(ref) for ref in refs] == [picture(at) for at in range(300)]
    for at in (299, 0, 150, 99, 100, 17):
        assert pickle.loads(pickle.dumps(pictures)).read(refs[at]) == picture(at)
        assert pictures.read(refs[at]) == picture(at)
    pictures.close()
    assert pictures.read(refs[7]) == picture(7)


def test_a_cell_without_bytes_has_its_path(table):
    kinds = list(picture_cells(table, table.name, "gaps"))
    assert kinds[:3] == [Cell("shop.parquet", "gaps", 2), "1.jpg", None]
    assert list(picture_cells(table, table.name, "text"))[:2] == ["0.jpg", "1.jpg"]


def test_a_column_that_has_bytes_everywhere_is_not_read(table, monkeypatch):
    monkeypatch.setattr(CellReader, "read", lambda *_: pytest.fail("reads the column"))
    assert sum(1 for _ in picture_cells(table, table.name, "struct")) == 300


def test_bytes_and_mappings_are_kept_as_where_they_stand(table):
    pictures = Pictures(table.parent)
    at = Cell("shop.parquet", "image", 5)
    for value in (b"bytes", {"bytes": b"bytes", "path": "x.jpg"}):
        assert pictures.find(value, at).read() == picture(3)
    with pytest.raises(ValueError, match="the cell that they stand in"):
        pictures.find(b"bytes")


def test_a_table_that_was_replaced_is_read_anew(table):
    pictures = Pictures(table.parent)
    ref = Cell("shop.parquet", "image", 5).ref
    assert pictures.read(ref) == picture(3)
    pq.write_table(pa.table({"image": [b"another"] * 9}), table.with_name("next"))
    table.with_name("next").replace(table)
    assert pictures.read(ref) == b"another"
    with pytest.raises(ImageError, match="no row 200"):
        pictures.read(Cell("shop.parquet", "image", 200).ref)
    pictures.close()


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("cell://shop.parquet/image/302", "missing"),
        ("cell://shop.parquet/image/1", "missing"),
        ("cell://shop.parquet/image/x", "missing"),
        ("cell://shop.parquet/image/²", "missing"),
        ("cell://image/2", "missing"),
        ("cell://", "missing"),
        ("cell://gone.parquet/image/2", "missing"),
        ("cell://../outside.parquet/image/2", "outside-catalog"),
        ("cell://%2e%2e/outside.parquet/image/2", "outside-catalog"),
        ("cell://shop.parquet/nothing/2", "missing"),
        ("cell://damaged.parquet/image/2", "unreadable"),
        ("cell://shop.parquet/text/2", "empty"),
        ("cell://shop.parquet/gaps/3", "empty"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(table, ref, reason):
    (table.parent / "damaged.parquet").write_bytes(table.read_bytes()[:1000])
    (table.parent.parent / "outside.parquet").write_bytes(table.read_bytes())
    with pytest.raises(ImageError) as caught:
        Pictures(table.parent).read(ref)
    assert caught.value.reason == reason


def test_threads_share_a_table(table):
    pictures = Pictures(table.parent)
    order = np.random.default_rng(0).permutation(300)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda at: pictures.read(f"cell://shop.parquet/image/{at + 2}"), order))
    assert read == [picture(at) for at in order]


@given(st.text(min_size=1), st.text(min_size=1), st.integers(2, 10**12))
def test_references_keep_every_name(table, column, row):
    cell = Cell(table, column, row)
    assert Cell.of(cell.ref) == cell


def test_memory_does_not_grow_with_a_row_group(tmp_path):
    """256 MiB of pictures in a single row group, as pandas writes it."""
    noise = np.random.default_rng(0).bytes(2**17)
    rows = [b"%08d" % at + noise for at in range(2048)]
    pq.write_table(pa.table({"image": rows}), tmp_path / "t.parquet", compression="none", use_dictionary=False)
    program = (
        "import resource, sys\nfrom pathlib import Path\nimport pyarrow.parquet\n"
        "from likewise.ingest.images import Pictures\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "pictures = Pictures(Path(sys.argv[1]))\n"
        "for at in range(2048): assert int(pictures.read(f'cell://t.parquet/image/{at + 2}')[:8]) == at\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 96, f"{done.stdout} MiB"
