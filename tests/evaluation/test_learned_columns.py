"""The learned reducer on columns of every type that can be learned."""

import dataclasses

import pytest
from any_shop import READING, RECIPE, row, write

from likewise.evaluation.by_picture import find_held_back
from likewise.evaluation.protocol import evaluate, sample_queries
from likewise.ingest import ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

LEARNED = ("brand", "category", "in_stock", "stock", "sizes")
PARAMS = {"n_components": 8, "members": 2, "hidden": 16, "attributes": list(LEARNED)}


def gaps(number):
    """A row that lacks some of what is learned."""
    told = row(number)
    if number % 10 == 4:
        told.update({"in_stock": "", "category": "", "sizes": ""})
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("learned")


@pytest.fixture(scope="module")
def client(folder, make_encoder):
    table = write(folder, [gaps(number) for number in range(300)])
    store = EmbeddedStore(folder / "index", create=True)
    recipe = dataclasses.replace(
        RECIPE, reducer="attributes", reducer_params=PARAMS, fill_missing=True, reading=READING
    )
    outcome = ingest(table, store, recipe=recipe, encoder=make_encoder(), cache=folder / "features")
    assert outcome.manifest.capabilities.predicts == LEARNED
    with SearchClient.open(store, encoder=make_encoder()) as opened:
        yield opened


def test_a_picture_is_described_in_the_columns_own_types(client, folder):
    described = client.describe(folder / "photos" / "1.png", 2)
    kinds = {"brand": str, "category": str, "in_stock": bool, "stock": int, "sizes": tuple}
    assert {name: type(values[0][0]) for name, values in described.items()} == kinds
    assert all(0 <= share <= 1 for values in described.values() for _, share in values)


def test_filled_values_have_the_columns_own_types(client):
    filled = [product for product in client.products() if "predicted" in product]
    assert filled
    seen = set()
    for product in filled:
        number = int(product["id"][2:])
        for name in product["predicted"]:
            # What the catalog states is never replaced.
            assert not gaps(number)[name]
            seen.add(name)
            assert type(product[name]) is {"in_stock": bool, "sizes": list}.get(name, str)
    assert {"category", "in_stock"} <= seen
    assert client.count({"in_stock": [True, False]}) > 270


def test_what_was_held_back_is_asked(client, folder):
    held_back, why_not = find_held_back(client, folder / "features")
    assert not why_not
    queries = sample_queries(client, per_category=10, seed=0, among=held_back.contents)
    found = evaluate(client, queries, held_back=held_back)
    assert (found.asked, found.unseen) == ("picture", True)
    assert found.precision["mean"].n == sum(map(len, queries.values()))
