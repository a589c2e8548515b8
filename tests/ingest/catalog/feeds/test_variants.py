import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.feeds import Row, combine, products, recognise, survey
from likewise.ingest.catalog.feeds.shopify import MOST_ROWS

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,"
    "Variant Image,Status"
)


def shopify(makers, tmp_path, rows):
    table = makers.read_csv(tmp_path / "products.csv", makers.write_csv(SHOPIFY.split(","), rows))
    return list(products(recognise(table.columns), table).rows())


def woo(makers, tmp_path, rows):
    table = makers.read_csv(tmp_path / "wc.csv", makers.woo_csv(rows))
    return list(products(recognise(table.columns), table).rows())


TEE = {"Handle": "tee", "Title": "Tee", "Vendor": "Acme", "Type": "Shirts", "Published": "TRUE", "Status": "active"}


def test_all_rows_of_a_handle_are_one_product(makers, tmp_path):
    rows = [
        TEE
        | {"Option1 Name": "Color", "Option1 Value": "Red", "Option2 Name": "Fit", "Option2 Value": "Slim"}
        | {"Variant Price": "19.90", "Image Src": "https://x/2.jpg", "Image Position": "2", "Tags": "a, b"},
        {"Handle": "tee", "Option1 Value": "Blue", "Option2 Value": "Wide", "Variant Price": "9.90"}
        | {"Image Src": "https://x/1.jpg", "Image Position": "1", "Variant Compare At Price": "30.00"},
        {"Handle": "tee", "Option1 Value": "Red", "Option2 Value": "Wide", "Variant Price": "100.00"}
        | {"Variant Image": "https://x/red.jpg"},
        {"Handle": "tee", "Image Src": "https://x/3.jpg", "Image Position": "3"},
        {"Handle": "cap", "Title": "Cap", "Image Src": "https://x/cap.jpg"},
    ]
    tee, cap = shopify(makers, tmp_path, rows)
    assert tee.line == 2
    assert tee.fields == {
        "id": "tee",
        "title": "Tee",
        "brand": "Acme",
        "category": "Shirts",
        "category_path": "Shirts",
        "colour": ["Red", "Blue"],
        "options": ["Fit: Slim", "Fit: Wide"],
        "tags": ["a", "b"],
        "published": True,
        "status": "active",
        "price": "19.90",
        "price_min": "9.90",
        "price_max": "100.00",
        "in_stock": True,  # no tracker: nobody counts it
        "images": ["https://x/1.jpg", "https://x/2.jpg", "https://x/3.jpg", "https://x/red.jpg"],
    }
    assert (cap.line, cap.fields["id"]) == (6, "cap")


def test_a_product_without_options_has_none(makers, tmp_path):
    [cap] = shopify(makers, tmp_path, [TEE | {"Option1 Name": "Title", "Option1 Value": "Default Title"}])
    assert "options" not in cap.fields


@pytest.mark.parametrize(
    ("stock", "expected"),
    [
        ([("shopify", "0"), ("shopify", "2")], True),
        ([("shopify", "0"), ("shopify", "-3")], False),
        ([("", "")], True),  # nobody counts it
        ([("shopify", "")], None),  # a shop of several places exports no quantities
    ],
)
def test_a_product_is_in_stock_if_a_variant_is(makers, tmp_path, stock, expected):
    rows = [
        (TEE if not at else {"Handle": "tee"})
        | {"Option1 Value": str(at), "Variant Inventory Tracker": tracker, "Variant Inventory Qty": quantity}
        for at, (tracker, quantity) in enumerate(stock)
    ]
    [tee] = shopify(makers, tmp_path, rows)
    assert tee.fields.get("in_stock") is expected


def test_the_makers_own_colours_come_before_options():
    column = "Color (product.metafields.shopify.color-pattern)"
    feed = recognise([*SHOPIFY.split(","), column])
    fields = {"Handle": "tee", column: "white; navy", "Option1 Name": "Color", "Option1 Value": "Ecru/Night"}
    [row] = combine(feed, [Row(2, fields)])
    assert row.fields["colour"] == ["white", "navy"]
    assert column not in feed.rest


def test_a_handle_that_comes_back_is_a_second_product(makers, tmp_path):
    rows = [TEE, {"Handle": "cap", "Title": "Cap"}, TEE]
    assert [(row.line, row.fields["id"]) for row in shopify(makers, tmp_path, rows)] == [
        (2, "tee"),
        (3, "cap"),
        (4, "tee"),
    ]


def test_rows_without_a_handle_stay_apart(makers, tmp_path):
    assert len(shopify(makers, tmp_path, [TEE, {"Title": "No handle"}, {"Title": "None"}])) == 3


def test_broken_rows_pass_and_part_no_product():
    feed = recognise(SHOPIFY.split(","))
    rows = [
        Row(2, {"Handle": "tee", "Image Src": "1.jpg"}),
        Row(3, {"Handle": "tee"}, "too-few-fields", "3 fields"),
        Row(4, {"Handle": "tee", "Image Src": "2.jpg"}),
    ]
    broken, tee = combine(feed, rows)
    assert broken == Row(3, {"id": "tee"}, "too-few-fields", "3 fields")
    assert tee == Row(2, {"id": "tee", "images": ["1.jpg", "2.jpg"]})


def test_a_handle_without_end_does_not_fill_the_memory():
    feed = recognise(SHOPIFY.split(","))
    found = list(combine(feed, (Row(line, {"Handle": "tee"}) for line in range(2, MOST_ROWS + 4))))
    assert [(row.line, row.reason) for row in found] == [
        (MOST_ROWS + 2, "too-long"),
        (MOST_ROWS + 3, "too-long"),
        (2, ""),
    ]


def test_rows_of_other_classes_come_back_as_they_are():
    @dataclasses.dataclass(frozen=True)
    class Foreign:
        line: int
        fields: dict
        reason: str = ""
        detail: str = ""
        more: str = "kept"

    feed = recognise(["id", "title", "image_link", "price"])
    [row] = combine(feed, [Foreign(7, {"id": "1", "image_link": "https://x/1.jpg"})])
    assert row == Foreign(7, {"id": "1", "images": ["https://x/1.jpg"]})


@pytest.mark.parametrize("parent", ["id:7", "TEE"])
@pytest.mark.parametrize("first", [True, False], ids=["parent-first", "parent-last"])
def test_variations_belong_to_their_product(makers, tmp_path, parent, first):
    shop = makers.PRODUCTS[0]
    tee = makers.woo_row(shop, **{"ID": "7", "Type": "variable", "SKU": "TEE", "Regular price": ""})
    tee |= {"Attribute 1 value(s)": "Red, Blue", "Attribute 2 name": "Fit"}
    blank = dict.fromkeys(("Categories", "Brands", "Description", "Tags"), "")
    small = makers.woo_row(shop, **blank, **{"ID": "8", "Type": "variation", "Parent": parent, "Images": ""})
    red = makers.woo_row(shop, **blank, **{"ID": "9", "Type": "variation, virtual", "Parent": parent})
    red |= {"Images": "https://x/red.jpg", "Attribute 1 value(s)": "Red", "Regular price": "25,00"}
    rows = [tee, small, red] if first else [small, red, tee]
    found = {row.fields["id"]: row for row in woo(makers, tmp_path, rows)}
    assert set(found) == {"7", "9"}  # 8 has no picture of its own: it is part of 7
    assert found["7"].fields["group"] == found["9"].fields["group"] == "7"
    assert found["7"].fields["price"] == "19,90"  # of its first variation
    assert found["7"].fields["colour"] == ["Red", "Blue"]
    assert found["7"].fields["options"] == ["Fit: M"]
    assert found["9"].fields["colour"] == "Red"
    assert found["9"].fields["price"] == "25,00"
    assert found["9"].fields["category"] == found["7"].fields["category"] == "Apparel"
    assert found["9"].fields["brand"] == shop.brand


def test_a_variation_whose_product_is_not_there_is_a_row_of_its_own(makers, tmp_path):
    lost = makers.woo_row(makers.PRODUCTS[0], **{"ID": "8", "Type": "variation", "Parent": "id:7", "Images": ""})
    [row] = woo(makers, tmp_path, [lost])
    assert (row.fields["id"], row.fields["group"]) == ("8", "7")


def test_a_simple_product_has_no_group(makers, tmp_path):
    [row] = woo(makers, tmp_path, [makers.woo_row(makers.PRODUCTS[0])])
    assert "group" not in row.fields


def test_commas_of_their_own_and_formulas_are_read_back(makers, tmp_path):
    row = makers.woo_row(
        makers.PRODUCTS[0],
        **{"Name": "'-50% Hemd", "Categories": "Tops > Shirts\\, Blouses, Sale", "Tags": "a\\, b, c"},
        **{"Images": "https://x/a,b.jpg, https://x/c.jpg", "In stock?": "backorder", "Published": "-1"},
    )
    [found] = woo(makers, tmp_path, [row])
    assert found.fields["title"] == "-50% Hemd"
    assert found.fields["category_path"] == "Tops > Shirts, Blouses"
    assert found.fields["categories"] == ["Tops > Shirts, Blouses", "Sale"]
    assert found.fields["tags"] == ["a, b", "c"]
    assert found.fields["images"] == ["https://x/a,b.jpg", "https://x/c.jpg"]
    assert found.fields["in_stock"] is False
    assert found.fields["published"] is False


def test_the_survey_reads_few_columns(makers, tmp_path):
    asked = []
    table = makers.read_csv(tmp_path / "wc.csv", makers.woo_csv([makers.woo_row(makers.PRODUCTS[0])]))
    feed = recognise(table.columns)

    class Spy:
        def rows(self, keep):
            asked.append(keep)
            return table.rows(keep)

    families = survey(feed, Spy())
    assert families.ids == {"101": "101", "sku-101": "101"}
    assert not asked[0] & {"Description", "Images", "Name", "Tags"}
    assert survey(recognise(SHOPIFY.split(",")), None) is None


CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.lists(st.text(max_size=5))
)
COLUMNS = [
    ["id", "title", "image_link", "additional_image_link", "price", "availability", "product_type", "color"],
    SHOPIFY.split(","),
    ["ID", "Type", "SKU", "Name", "Categories", "Images", "Parent", "Regular price", "Attribute 1 name",
     "Attribute 1 value(s)", "In stock?"],
]  # fmt: skip


@pytest.mark.parametrize("columns", COLUMNS, ids=["google", "shopify", "woocommerce"])
@given(st.data())
def test_any_cells_are_products_and_never_a_traceback(columns, data):
    cells = data.draw(st.lists(st.dictionaries(st.sampled_from(columns), CELLS), max_size=5))
    feed = recognise(columns)
    for row in combine(feed, [Row(line, fields) for line, fields in enumerate(cells, 2)]):
        assert set(row.fields) <= set(feed.columns)
        assert all(isinstance(name, str) and name for name in row.fields.get("images", []))
