import pytest

from likewise.ingest.catalog.feeds import open_xml_feed, products, recognise
from likewise.ingest.catalog.prices import parse_price


def google_rss(makers, folder):
    return open_xml_feed(makers.save(folder / "feed.xml", makers.google_rss(makers.PRODUCTS)))


def google_atom(makers, folder):
    return open_xml_feed(makers.save(folder / "feed.xml.gz", makers.google_atom(makers.PRODUCTS)))


def google_tsv(makers, folder):
    return makers.read_csv(folder / "feed.txt", makers.google_tsv(makers.PRODUCTS), "\t")


def shopify(makers, folder):
    return makers.read_csv(folder / "products_export.csv", makers.shopify_csv(makers.PRODUCTS))


def shopify_new(makers, folder):
    return makers.read_csv(folder / "products_export.csv", makers.shopify_csv(makers.PRODUCTS, makers.SHOPIFY_NEW))


def woocommerce(makers, folder):
    rows = [makers.woo_row(shop) for shop in makers.PRODUCTS]
    return makers.read_csv(folder / "wc-product-export.csv", makers.woo_csv(rows))


FORMS = (google_rss, google_atom, google_tsv, shopify, shopify_new, woocommerce)
COMMON = ("id", "title", "description", "brand", "category", "category_path", "colour", "gender", "size", "in_stock")


@pytest.fixture(params=FORMS, ids=lambda form: form.__name__)
def table(request, makers, tmp_path):
    return request.param(makers, tmp_path)


def test_the_same_products_come_out_of_every_form(table, makers):
    found = list(products(recognise(table.columns), table).rows())
    assert [{key: row.fields.get(key) for key in COMMON} for row in found] == [
        {
            "id": shop.id,
            "title": shop.title,
            "description": shop.description,
            "brand": shop.brand,
            "category": shop.category.split(" > ")[0],
            "category_path": shop.category,
            "colour": shop.colour,
            "gender": shop.gender,
            "size": shop.size,
            "in_stock": shop.in_stock,
        }
        for shop in makers.PRODUCTS
    ]
    assert [row.fields["images"] for row in found] == [list(shop.pictures) for shop in makers.PRODUCTS]
    assert [float(parse_price(row.fields["price"]).amount) for row in found] == [19.9, 5.0]
    assert all(not row.reason and row.line >= 2 for row in found)


def test_every_column_of_the_products_is_announced(table):
    view = products(recognise(table.columns), table)
    assert {column for row in view.rows() for column in row.fields} <= set(view.columns)
    assert len(set(view.columns)) == len(view.columns)


def test_columns_that_are_not_kept_change_none_that_are(table):
    view = products(recognise(table.columns), table)
    whole = list(view.rows())
    for column in view.columns:
        some = list(view.rows({column}))
        assert [row.fields for row in some] == [
            {key: value for key, value in row.fields.items() if key in ("id", column)} for row in whole
        ]


def test_a_feed_says_what_it_takes_from_where(makers, tmp_path):
    table = google_tsv(makers, tmp_path)
    text = str(recognise(table.columns))
    assert text.startswith("Google Merchant feed: id ← id, images ← image_link + additional_image_link, title ← title")
    assert "in_stock ← availability" in text
    assert products(recognise(table.columns), table).recognised == text
