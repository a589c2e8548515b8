"""Filters by columns of all types over HTTP, percent-encoded as clients send them."""

import pytest
from any_shop import RECIPE, row, write

from likewise.ingest import ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore


@pytest.fixture(scope="module")
def http(tmp_path_factory, make_encoder, serving, until):
    folder = tmp_path_factory.mktemp("shop")
    store = EmbeddedStore(folder / "index", create=True)
    table = write(folder, [row(number) for number in range(300)])
    ingest(table, store, recipe=RECIPE, encoder=make_encoder())
    with serving(lambda: store, make_encoder()) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (["price<20"], lambda hit: hit["price"] < 20),
        (["price>=10", "price<=12.5"], lambda hit: 10 <= hit["price"] <= 12.5),
        (["price=10..20"], lambda hit: 10 <= hit["price"] <= 20),
        (["in_stock=no"], lambda hit: hit["in_stock"] is False),
        (["added=2026-01-30..2026-02-02"], lambda hit: "2026-01-30" <= hit["added"] <= "2026-02-02"),
        (["added>2026-03-01T00:00:00+01:00"], lambda hit: hit["added"] > "2026-02-28"),
        (["sizes=S"], lambda hit: "S" in hit["sizes"]),
        (["price!=*"], lambda hit: "price" not in hit),
        (["brand=Ørsted"], lambda hit: hit["brand"] == "Ørsted"),
        (["brand=Nike || price<8"], lambda hit: hit["brand"] == "Nike" or hit["price"] < 8),
    ],
    ids=lambda each: str(each) if isinstance(each, list) else "",
)
def test_conditions_arrive_as_they_were_written(http, conditions, holds):
    answer = http.get("/v1/similar/A-001", params={"where": conditions, "k": 20})
    assert answer.status_code == 200, answer.text
    hits = answer.json()["hits"]
    assert len(hits) >= 8
    assert all(holds(hit["payload"]) for hit in hits)


def test_values_keep_their_types(http):
    payload = http.get("/v1/products/A-001").json()
    kinds = {name: type(payload[name]) for name in ("price", "stock", "in_stock", "sizes", "added", "brand")}
    assert kinds == {"price": float, "stock": int, "in_stock": bool, "sizes": list, "added": str, "brand": str}


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("price<cheap", "no number"),
        ("title=x", "which has no index"),
        ("prise<5", "Did you mean 'price'"),
        ("brand<5", "its values are of type text"),
        ("added=soon", "is no date"),
        ("in_stock=perhaps", "neither true nor false"),
        ("price", "is not KEY=VALUE"),
    ],
)
def test_what_no_filter_means_is_a_400_that_says_so(http, condition, text):
    answer = http.get("/v1/similar/A-001", params={"where": condition})
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert text in answer.json()["error"]
