import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.feeds import recognise
from likewise.ingest.errors import ParameterError

PUBLIC = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName"
GOOGLE = ["id", "title", "description", "link", "image_link", "price", "availability", "color", "season"]


def test_the_public_table_is_no_makers():
    assert recognise(PUBLIC.split(",")) is None
    assert recognise([]) is None


@pytest.mark.parametrize(
    "columns",
    [
        ["id", "title", "image link", "additional image link", "price"],
        ["g:id", "g:title", "g:image_link", "g:price"],
        ["ID", "Title", "Image_Link", "Availability"],
    ],
)
def test_google_whatever_the_case_and_the_prefix(columns):
    feed = recognise(columns)
    assert feed.maker == "google"
    assert feed.sources["images"][0] == columns[columns.index(next(c for c in columns if "mage" in c))]


def test_shopify_with_old_new_and_mixed_headers():
    for columns in (
        ["Handle", "Title", "Body (HTML)", "Variant Price", "Image Src"],
        ["Title", "URL handle", "Description", "Price", "Product image URL"],
        ["Handle", "Title", "Description", "Price", "Product image URL"],
    ):
        assert recognise(columns).maker == "shopify"


def test_no_column_is_named_twice():
    feed = recognise(["Handle", "Title", "Body (HTML)", "Variant Price", "Image Src"])
    assert feed.sources["description"] == ("Body (HTML)",)


def test_an_inventory_without_pictures_is_no_product_export():
    assert recognise(["Handle", "Title", "Option1 Name", "Option1 Value", "SKU", "Location", "Available"]) is None


def test_a_column_can_be_told():
    feed = recognise([*GOOGLE, "farbe", "bild"], {"colour": "farbe", "images": "image_link+bild", "price": ""})
    assert feed.sources["colour"] == ("farbe",)
    assert feed.sources["images"] == ("image_link", "bild")
    assert feed.first({"price": "1"}, "price") is None
    assert "farbe" not in feed.rest


def test_pictures_can_be_told_in_the_singular():
    assert recognise([*GOOGLE, "bild"], {"image": "bild"}).sources["images"] == ("bild",)


def test_a_new_column_can_be_told():
    feed = recognise(GOOGLE, {"saison": "season"})
    assert feed.named({"season": "Fall"}) == {"saison": "Fall"}


def test_a_column_that_is_not_there_is_an_error_that_lists_those_that_are():
    with pytest.raises(ParameterError, match=r"--map colour=farbe .* 'farbe', .* it has id, title"):
        recognise(GOOGLE, {"colour": "farbe"})


@given(st.lists(st.text(max_size=20)))
def test_any_headers_are_recognised_or_not(columns):
    feed = recognise(columns)
    assert feed is None or feed.maker in ("google", "shopify", "woocommerce")
