import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.ingest.catalog.tables import open_table, read_table
from likewise.ingest.errors import CatalogError

NOON = datetime.datetime(2026, 3, 1, 12)
DAY = NOON.date()


def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    ("column", "kind", "expected"),
    [
        (pa.array([2**60 + 1, None]), "integer", [2**60 + 1, None]),
        (pa.array([2**60 + 1, 3]), "integer", [2**60 + 1, 3]),
        (pa.array([2**64 - 1, None], pa.uint64()), "integer", [2**64 - 1, None]),
        (pa.array([2.0, float("nan")]), "float", [2.0, None]),
        (pa.array([1.5, None], pa.float16()), "float", [1.5, None]),
        (pa.array([True, None]), "bool", [True, None]),
        (pa.array([" a ", None]), "text", [" a ", None]),
        (pa.array(["a", None]).dictionary_encode(), "text", ["a", None]),
        (pa.array(["a", None], pa.large_string()), "text", ["a", None]),
        (pa.array([NOON, None], pa.timestamp("ns")), "datetime", [NOON, None]),
        (pa.array([NOON, None], pa.timestamp("s")), "datetime", [NOON, None]),
        (pa.array([NOON, None], pa.timestamp("us", "UTC")), "datetime", [NOON.replace(tzinfo=datetime.UTC), None]),
        (pa.array([DAY, None]), "datetime", [DAY, None]),
        (pa.array([datetime.time(1, 2), None]), "text", ["01:02:00", None]),
        (pa.array([Decimal("9.50"), None]), "float", [9.5, None]),
        (pa.array([Decimal("0.1234567890123456789"), None]), "float", ["0.1234567890123456789", None]),
        (pa.array([Decimal(10**30), None]), "integer", [10**30, None]),
        (pa.array([["a", None], None]), "list", [["a", None], None]),
        (pa.array([[1.5, float("nan")], []]), "list", [[1.5, None], []]),
        (pa.array([b"\xff\0", None]), None, [b"\xff\0", None]),
        (pa.array([{"bytes": b"x", "path": "a.jpg"}, None]), None, [{"bytes": b"x", "path": "a.jpg"}, None]),
        (pa.nulls(2), None, [None, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else None,
)
def test_values_keep_their_types(tmp_path, cells, column, kind, expected):
    table = open_table(write(tmp_path / "shop.parquet", id=[1, 2], x=column))
    assert [x for _, x in cells(table)] == expected
    assert table.types == {"id": "integer"} | ({"x": kind} if kind else {})
    assert table.recognised == "Parquet, 2 columns"


def test_cells_that_no_value_stands_for_cost_their_rows_only(tmp_path, rejects):
    far = pa.array([0, 2**60, 1], pa.int64()).cast(pa.timestamp("us"))
    late = pa.array([0, 2**31 - 1, 1], pa.int32()).cast(pa.date32())
    table = open_table(write(tmp_path / "shop.parquet", id=["a", "b\0", "c" * 40_000], far=far, late=late))
    found = rejects(table)
    assert [(line, reason) for line, reason, _ in found] == [(3, "bad-encoding"), (4, "too-long")]
    assert [(line, reason) for line, reason, _ in rejects_of(table, "far", "late")] == [(3, "bad-value")]
    assert next(row for row in table.rows() if row.reason).fields == {}


def rejects_of(table, *keep):
    return [(row.line, row.reason, row.detail) for row in table.rows(keep) if row.reason]


def test_known_by_its_content_and_read_several_times(tmp_path, cells):
    table = open_table(write(tmp_path / "shop.csv", id=[1], name=["a"]))
    assert cells(table) == cells(table) == [[1, "a"]]
    assert [row.fields for row in table.rows({"name"})] == [{"name": "a"}]
    assert [(row.line, row.fields) for row in table.rows(())] == [(2, {})]


def test_the_parts_of_a_folder(tmp_path, cells):
    write(tmp_path / "part-2.parquet", id=[3], more=["x"], name=pa.nulls(1))
    write(tmp_path / "part-1.parquet", id=pa.array([1, 2], pa.int32()), name=["a", "b"])
    (tmp_path / "_SUCCESS").write_bytes(b"")
    (tmp_path / "._part-1.parquet").write_bytes(b"x")
    table = open_table(tmp_path)
    assert table.columns == ["id", "name", "more"]
    assert cells(table) == [[1, "a", None], [2, "b", None], [3, None, "x"]]
    assert [row.line for row in table.rows()] == [2, 3, 4]
    assert table.types == {"id": "integer", "name": "text", "more": "text"}
    assert table.recognised == "Parquet, 2 parts, 3 columns"


def test_parts_that_do_not_fit(tmp_path):
    write(tmp_path / "1.parquet", id=[1])
    write(tmp_path / "2.parquet", id=["x"])
    with pytest.raises(CatalogError, match=r"2\.parquet has the column 'id' as text, and 1\.parquet as integer"):
        open_table(tmp_path)


def test_a_folder_without_parts(tmp_path):
    with pytest.raises(CatalogError, match=r"has no \.parquet files"):
        open_table(tmp_path)


def test_as_text(tmp_path):
    columns = {"a": [7.0, 1.5], "b": [True, None], "c": [b" x ", b"\xff"], "d": [NOON, None]}
    rows = list(read_table(write(tmp_path / "shop.parquet", **columns), columns).rows)
    assert rows[0].fields == {"a": "7", "b": "True", "c": "x", "d": "2026-03-01 12:00:00"}
    assert (rows[1].reason, rows[1].detail) == ("bad-encoding", "c is not UTF-8")
    assert rows[1].fields == {"a": "1.5", "b": "", "d": ""}
