"""What a person is told who names no column."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.ingest.catalog import ReadingOptions, read_catalog
from likewise.ingest.errors import CatalogError


@pytest.mark.parametrize(
    ("header", "row", "options", "hint"),
    [
        ("SKU;Photo", "A;pics/a.jpg", {}, "--id-column SKU --image-column Photo"),
        ("Product ID,src", "A,https://cdn.example.com/a.webp?v=2", {}, "--id-column 'Product ID' --image-column src"),
        ("thing,views", "A,a.jpg|b.jpg", {}, "--image-column views"),
        ("thing,views", "A,a.jpg|b.jpg", {"id_column": "thing"}, "--image-column views"),
        ("sku,text", "A,b", {}, "--id-column sku"),
    ],
)
def test_columns_that_suggest_themselves_are_named(tmp_path, header, row, options, hint):
    path = tmp_path / "shop.csv"
    path.write_text(f"{header}\n{row}\n", "utf-8")
    with pytest.raises(CatalogError) as failure:
        read_catalog(path, ReadingOptions(**options))
    assert f"Perhaps {hint} is meant." in str(failure.value)


def test_pictures_in_the_table_itself_suggest_themselves(tmp_path):
    rows = [{"id": "A", "note": "x", "image": {"bytes": b"x", "path": "a.jpg"}}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "shop.parquet")
    with pytest.raises(CatalogError, match="Perhaps --image-column image is meant"):
        read_catalog(tmp_path / "shop.parquet")


def test_without_any_suggestion_the_rejects_speak(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("id,text\nA,b\n", "utf-8")
    catalog = read_catalog(path)
    assert [reject.reason for reject in catalog.rejects] == ["missing-image"]


def test_a_list_is_filtered_by_where_its_members_come_back(tmp_path):
    path = tmp_path / "shop.jsonl"
    lines = [
        f'{{"id": "{n}", "tags": ["{"ab"[n % 2]}", "no. {n // 4}"], "own": ["{n}", "{n + 100}"]}}' for n in range(60)
    ]
    path.write_text("\n".join(lines), "utf-8")
    schema = read_catalog(path).schema
    assert schema.type_of("tags") == schema.type_of("own") == "list"
    assert schema.role("filtered") == ("tags",)
