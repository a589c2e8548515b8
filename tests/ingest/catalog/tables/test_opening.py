import gzip
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.tables import open_table
from likewise.ingest.errors import CatalogError

pytestmark = pytest.mark.usefixtures("deadline")

TEXT = "id;name\n1;Größe\n"


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.tsv", "a.tsv.gz", "a.txt", "a.txt.gz", "a", "a.dat"])
def test_a_text_under_any_name(opened, cells, name):
    table = opened(TEXT, name)
    assert (table.columns, cells(table)) == (["id", "name"], [["1", "Größe"]])
    assert table.recognised.startswith("packed CSV" if name.endswith("gz") else "CSV")


def test_packed_without_saying_so(opened, cells):
    assert cells(opened(gzip.compress(TEXT.encode()), "a.csv")) == [["1", "Größe"]]
    assert cells(opened(gzip.compress(b'{"id": 1}'), "a")) == [[1]]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "is empty"),
        (b"\n \n", "a.csv", "is empty"),
        (b"\xef\xbb\xbf", "a.csv", "is empty"),
        (b"", "a.csv.gz", "is empty"),
        (b"", "a", "is empty"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "a.jpg", "neither .csv nor .parquet"),
        (b"just a line\nand another\n", "a.md", r"What is read: \.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.xls", "save it as .xlsx"),
        (b"PAR1", "a.csv", "no readable Parquet"),
        (b"PK\3\4", "a.csv", "damaged zip"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "a.csv", "damaged and cannot be unpacked"),
        (gzip.compress(b"PAR1" + bytes(99), mtime=0), "a.parquet", "another packed file"),
        (b"\x1f\x8b", "a.csv", "cannot be unpacked"),
        (b"\x1f\x8babc", "a.csv", "cannot be unpacked"),
    ],
)
def test_what_is_no_table_is_named(opened, content, name, words):
    with pytest.raises(CatalogError, match=words) as caught:
        opened(content, name)
    assert name in str(caught.value)


def test_what_is_no_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("missing.csv", "pipe.csv"):
        with pytest.raises(CatalogError, match=f"There is no table .*{name}"):
            open_table(tmp_path / name)


STARTS = [
    b"",
    b"id,name\n",
    b"id;name\r\n1;",
    b"[{",
    b'{"id": 1}\n',
    b"PAR1",
    b"PK\3\4",
    b"\x1f\x8b\x08\0",
    b"\xff\xfe",
]
SUFFIXES = ["csv", "tsv", "csv.gz", "jsonl", "json", "xlsx", "parquet", "dat"]


@given(
    start=st.sampled_from(STARTS), noise=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES), pack=st.booleans()
)
def test_whatever_the_bytes_it_is_a_table_or_a_catalog_error(tmp_path_factory, start, noise, suffix, pack):
    path = tmp_path_factory.mktemp("noise") / f"shop.{suffix}"
    path.write_bytes(gzip.compress(start + noise) if pack else start + noise)
    try:
        for row in open_table(path).rows():
            "".join(map(str, row.fields.values())).encode()
    except CatalogError as error:
        named = path.name in str(error)
    else:
        named = True
    assert named


@given(text=st.text('ab",;\n ', max_size=200))
def test_whatever_the_quotes_it_ends(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("quotes") / "shop.csv"
    path.write_text("id,name,price,more\n" + text)
    lines = [row.line for row in open_table(path).rows()]
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", ["line.csv", "rows.csv", "line.jsonl", "array.json"])
def test_a_packed_bomb_takes_no_memory(tmp_path, name):
    """200 MiB of one line, or 800,000 lines, in a file of some KiB."""
    start, piece = {
        "line.csv": (b"id,name\n1,", b"x" * 2**20),
        "rows.csv": (b"id,name\n", b"1,x\n" * 2**16),
        "line.jsonl": (b'{"id": 1}\n{"id": "', b"x" * 2**20),
        "array.json": (b'[{"id": "', b"x" * 2**20),
    }[name]
    with gzip.open(tmp_path / name, "wb", compresslevel=9) as file:
        file.write(start)
        for _ in range(200 * 2**20 // len(piece) if name != "rows.csv" else 12):
            file.write(piece)
    program = """
import resource, sys
from pathlib import Path
from likewise.ingest.catalog.tables import open_table
from likewise.ingest.errors import CatalogError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for row in open_table(Path(sys.argv[1])).rows(): pass
except CatalogError: pass
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
sys.exit(f"{more} MiB more" if more >= 150 else 0)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], check=True, timeout=60)
