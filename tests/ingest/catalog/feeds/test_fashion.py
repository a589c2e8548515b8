import json

import pytest

from likewise.ingest.catalog.feeds import join_images, open_styles_json
from likewise.ingest.errors import CatalogError

STYLE = {
    "notification": {},
    "meta": {"code": 200},
    "data": {
        "id": 15970,
        "price": 1299,
        "discountedPrice": 999,
        "productDisplayName": "Turtle Check Men Navy Blue Shirt",
        "brandName": "Turtle",
        "ageGroup": "Adults-Men",
        "gender": "Men",
        "baseColour": "Navy Blue",
        "season": "Fall",
        "year": "2011",
        "usage": "Casual",
        "masterCategory": {"id": 9, "typeName": "Apparel", "active": True},
        "subCategory": {"id": 31, "typeName": "Topwear"},
        "articleType": {"id": 90, "typeName": "Shirts"},
        "productDescriptors": {"description": {"value": "<p>Checked&nbsp;shirt</p><script>x()</script>"}},
        "styleImages": {"default": {"imageURL": "http://assets.example/15970.jpg"}},
    },
}


def styles(folder, **files):
    (folder / "styles").mkdir()
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "styles" / f"{name.removeprefix('_')}.json").write_text(text, "utf-8")
    return folder


def test_a_style_is_a_row_of_the_public_table_and_more(tmp_path):
    table = open_styles_json(styles(tmp_path, _15970=STYLE))
    [row] = table.rows()
    assert row.line == 1
    assert row.fields == {
        "id": "15970",
        "gender": "Men",
        "masterCategory": "Apparel",
        "subCategory": "Topwear",
        "articleType": "Shirts",
        "baseColour": "Navy Blue",
        "season": "Fall",
        "year": "2011",
        "usage": "Casual",
        "productDisplayName": "Turtle Check Men Navy Blue Shirt",
        "price": 1299,
        "discountedPrice": 999,
        "brandName": "Turtle",
        "ageGroup": "Adults-Men",
        "description": "Checked shirt",
        "image": "http://assets.example/15970.jpg",
    }
    assert set(row.fields) == set(table.columns)
    assert [row.fields for row in table.rows({"gender"})] == [{"gender": "Men"}]


def test_broken_styles_are_rejects_in_the_order_of_their_ids(tmp_path):
    folder = styles(
        tmp_path,
        _10={"data": {"masterCategory": None}},
        _9="{",
        _11={"data": [1]},
        _12="[" * 100_000,
        _13={"other": 1},
        _14={"data": {"articleType": "Shirts"}},
        _15=" " * 2**20 + "{}",
    )
    rows = list(open_styles_json(folder / "styles").rows())
    assert [(row.line, row.fields.get("id"), row.reason) for row in rows] == [
        (1, "9", "bad-json"),
        (2, "10", ""),
        (3, "11", "bad-json"),
        (4, "12", "bad-json"),
        (5, "13", "bad-json"),
        (6, "14", "bad-json"),
        (7, "15", "too-long"),
    ]


def test_a_folder_without_styles_is_an_error(tmp_path):
    with pytest.raises(CatalogError, match=r"no \.json files"):
        open_styles_json(tmp_path)
    with pytest.raises(CatalogError, match="cannot be read"):
        open_styles_json(tmp_path / "none")


def test_addresses_of_pictures_are_joined_by_file_name(tmp_path, makers):
    table = makers.read_csv(tmp_path / "styles.csv", "id,gender\n1,Men\n2,Women\n3,Boys\n")
    images = makers.read_csv(
        tmp_path / "images.csv",
        "filename,link\n2.jpg,http://a.example/x.jpg\n1.jpg,undefined\n9.jpg,http://a.example/9.jpg\n",
    )
    joined = join_images(table, images)
    assert joined.columns == ["id", "gender", "address"]
    assert [row.fields for row in joined.rows()] == [
        {"id": "1", "gender": "Men"},
        {"id": "2", "gender": "Women", "address": "http://a.example/x.jpg"},
        {"id": "3", "gender": "Boys"},
    ]
    assert [set(row.fields) for row in joined.rows({"address"})] == [{"id"}, {"id", "address"}, {"id"}]
    assert joined.recognised.endswith("+ images.csv")
