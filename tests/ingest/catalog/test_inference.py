"""Types that the values of a column make, where a number is written otherwise than a program would."""

import pytest

from likewise.ingest.catalog import ReadingOptions, read_catalog
from likewise.ingest.errors import CatalogError, ParameterError

WIDTHS = ("39,2", "205,0", "1.160,5", "90,25")


@pytest.fixture
def shop(make_table, tmp_path):
    rows = [f"{at};{100 * at},00 €;{width}" for at, width in enumerate(WIDTHS, 1)]
    return make_table(tmp_path, "\n".join(["id;price;width", *rows]) + "\n", "shop.csv")


def test_the_currency_of_a_price_is_a_text(shop):
    catalog = read_catalog(shop)
    assert catalog.schema.type_of("price_currency") == "text"
    assert [each.values["price_currency"] for each in catalog.products] == ["EUR"] * 4
    assert catalog.warnings == []


def test_a_decimal_comma_is_a_text_until_somebody_says_that_it_is_a_number(shop):
    assert read_catalog(shop).schema.type_of("width") == "text"
    catalog = read_catalog(shop, ReadingOptions(types=(("width", "float"),)))
    assert [each.values["width"] for each in catalog.products] == [39.2, 205.0, 1160.5, 90.25]
    assert (catalog.warnings, "width_currency" in catalog.schema.names) == ([], False)


def test_a_number_that_a_column_was_said_to_hold_may_have_no_comma(make_table, tmp_path):
    table = make_table(tmp_path, "id;degrees\n1;18,5\n2;4,25\n3;4\n", "shop.csv")
    catalog = read_catalog(table, ReadingOptions(types=(("degrees", "float"),)))
    assert [each.values["degrees"] for each in catalog.products] == [18.5, 4.25, 4.0]


@pytest.mark.parametrize(
    "options",
    [
        {"drop": ("width",), "keep": ("width", "price")},
        {"drop": ("width",), "filterable": ("width",)},
        {"keep": ("price",), "attributes": ("width",)},
        {"drop": ("width",), "category": "width"},
    ],
)
def test_options_that_contradict_are_said(shop, options):
    with pytest.raises((CatalogError, ParameterError), match="width"):
        read_catalog(shop, ReadingOptions(**options))


def test_a_number_with_a_comma_may_be_negative_where_somebody_says_that_it_is_a_number(make_table, tmp_path):
    table = make_table(tmp_path, "id;change\n1;-1,5\n2;2,25\n3;\u22120,75\n4;1.000,5\n", "shop.csv")
    catalog = read_catalog(table, ReadingOptions(types=(("change", "float"),)))
    assert [product.values["change"] for product in catalog.products] == [-1.5, 2.25, -0.75, 1000.5]
    assert not catalog.warnings
