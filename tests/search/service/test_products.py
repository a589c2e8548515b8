"""Products page by page, what there is to choose from, and what there is to ask; on columns of all types."""

import base64

import any_shop
import numpy as np
import pytest

from likewise.ingest import ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

COUNT = 300


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_encoder, serving, until):
    folder = tmp_path_factory.mktemp("shop")
    store = EmbeddedStore(folder / "index", create=True)
    table = any_shop.write(folder, [any_shop.row(number) for number in range(COUNT)])
    ingest(table, store, recipe=any_shop.RECIPE, encoder=make_encoder())
    with serving(lambda: store, make_encoder(), name="Corner shop") as http, SearchClient.open(store) as client:
        until(lambda: http.get("/readyz").status_code == 200)
        yield http, client


@pytest.fixture
def http(setting):
    return setting[0]


@pytest.fixture
def client(setting):
    return setting[1]


def walk(http, **query):
    after = {}
    while True:
        page = http.get("/v1/products", params={**query, **after}).json()
        yield page
        if page["next"] is None:
            return
        after = {"after": page["next"]}


@pytest.mark.parametrize(("limit", "where", "count"), [(100, [], 300), (7, ["brand=Puma"], 100), (1, ["price<6"], 7)])
def test_pages_show_every_product_once(http, client, limit, where, count):
    pages = list(walk(http, limit=limit, where=where))
    products = [each for page in pages for each in page["products"]]
    assert len({each["id"] for each in products}) == len(products) == count
    assert {page["total"] for page in pages} == {count}
    assert all(len(page["products"]) == limit for page in pages[:-1])
    assert products[0]["payload"] == client.get(products[0]["id"])


def test_a_varied_row_has_products_of_all_clusters(http, client):
    found = http.get("/v1/products?varied=true&limit=12").json()
    clusters = [each["payload"]["cluster"] for each in found["products"]]
    assert len(clusters) == 12
    assert set(clusters[:4]) == set(client.manifest.clusters)
    assert found["next"] is None
    few = http.get("/v1/products?varied=true&limit=100&where=price<6").json()
    assert len(few["products"]) == few["total"] == 7


def test_values_come_with_their_counts(http):
    answer = http.get("/v1/facets/brand").json()
    assert answer == {
        "version": "v000001", "column": "brand", "type": "text", "total": 3,
        "values": [{"value": brand, "count": 100} for brand in ("Nike", "Puma", "Ørsted")],
    }  # fmt: skip
    assert http.get("/v1/facets/brand?q=ØR").json()["values"] == [{"value": "Ørsted", "count": 100}]
    fewer = http.get("/v1/facets/colour?where=brand=Nike&where=in_stock=no&limit=2").json()
    assert (len(fewer["values"]), fewer["total"]) == (2, 4)
    flags = http.get("/v1/facets/in_stock").json()["values"]
    assert {each["value"]: each["count"] for each in flags} == {True: 200, False: 100}
    assert {each["value"] for each in http.get("/v1/facets/sizes").json()["values"]} == {"S", "M", "L", "XL"}


@pytest.mark.parametrize(("column", "kind"), [("price", "float"), ("stock", "integer"), ("added", "datetime")])
def test_numbers_and_dates_come_in_ranges(http, client, column, kind):
    answer = http.get(f"/v1/facets/{column}?bins=5&where=brand=Nike").json()
    assert answer["type"] == kind
    expected = client.histogram(column, {"brand": "Nike"}, bins=5)
    assert [(each["low"], each["high"], each["count"]) for each in answer["bins"]] == [
        (each.low, each.high, each.count) for each in expected
    ]


def test_the_schema_tells_columns_and_limits(http):
    schema = http.get("/v1/schema").json()
    assert (schema["name"], schema["products"], schema["price"]) == ("Corner shop", COUNT, "price")
    columns = {each["name"]: each for each in schema["columns"]}
    assert columns["price"]["filterable"]
    assert not columns["title"]["filterable"]
    assert "title" in columns["title"]["roles"]
    assert schema["roles"]["title"] == ["title"]
    assert sum(schema["clusters"].values()) == COUNT
    assert schema["limits"]["bytes"] == 16 * 2**20
    assert schema["image_sizes"] == [160, 320, 640]
    capabilities = schema["capabilities"]
    assert (capabilities["describe"], capabilities["prior"], capabilities["pictures"]) == (False, None, True)
    assert capabilities["images"]


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<u2")


@pytest.mark.parametrize(("colour", "values"), [(None, 4), ("brand", 3), ("in_stock", 2), ("price", 10), ("added", 9)])
def test_the_map_places_and_colours_every_product(http, client, colour, values):
    answer = http.get("/v1/map", params={"colour": colour} if colour else {}).json()
    assert answer["count"] == len(answer["ids"]) == COUNT
    assert len(numbers(answer["x"])) == len(numbers(answer["y"])) == COUNT
    assert answer["colour"]["column"] == (colour or "cluster")
    assert values - 2 <= len(answer["colour"]["values"]) <= values + 2
    codes = numbers(answer["colour"]["codes"])
    if colour == "brand":
        for name, code in zip(answer["ids"], codes, strict=True):
            assert answer["colour"]["values"][code] == client.get(name)["brand"]
    if colour == "price":
        assert (codes == 65535).sum() == sum("price" not in each for each in client.products())


def test_a_map_that_a_client_has_is_not_sent_again(http):
    first = http.get("/v1/map?colour=brand")
    known = {"If-None-Match": first.headers["ETag"]}
    again = http.get("/v1/map?colour=brand", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert http.get("/v1/map?colour=category", headers=known).status_code == 200


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/v1/products?limit=0", "limit must be a whole number from 1 to 100"),
        ("/v1/products?limit=1_0", "limit must be a whole number"),
        ("/v1/products?after=xyz", "after is the `next` of another page"),
        ("/v1/products?after=", "after is the `next` of another page"),
        ("/v1/products?varied=maybe", "varied must be one of true, false"),
        ("/v1/products?page=2", "Unknown parameter 'page'. Known: where, limit, after, varied"),
        ("/v1/products/A-001?k=2", "Unknown parameter 'k'. Known: none"),
        ("/v1/facets/title", "which has no index"),
        ("/v1/facets/prise", "Did you mean 'price'"),
        ("/v1/facets/price?bins=0", "bins must be a whole number from 1 to 100"),
        ("/v1/facets/brand?where=brand", "not KEY=VALUE"),
        ("/v1/map?colour=title", "colour must be a column"),
        ("/v1/schema?x=1", "Unknown parameter 'x'"),
    ],
)
def test_what_is_none_is_a_400_that_says_so(http, path, text):
    answer = http.get(path)
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert text in answer.json()["error"]
