"""A shop's own table along the whole road: every answer is the same in every store, and in what is restored."""

import dataclasses
from datetime import date

import pytest
from any_shop import RECIPE, row, write

from likewise.evaluation.gate import Gate, GateRules
from likewise.evaluation.protocol import evaluate, sample_queries
from likewise.ingest import Job, ingest
from likewise.ingest import run as run_job
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent
from likewise.search import Not, SearchClient

LEARNED = dataclasses.replace(
    RECIPE,
    reducer="attributes",
    reducer_params={"n_components": 8, "members": 2, "hidden": 16, "attributes": ["brand", "category", "stock"]},
)
CONDITIONS = (
    {"brand": ["Nike", "Puma"]},
    {"brand": Not("Nike"), "in_stock": True},
    {"price": {"gte": 10, "lt": 20.5}},
    {"added": {"gte": date(2026, 1, 31)}},
    {"sizes": "M"},
    {"price": None},
    {"sizes": Not(None)},
    [{"category": "shoe"}, {"stock": {"lte": 3}}],
)


def answers(client, folder):
    """All that can be asked of an index, with scores to five digits, as two engines add in another order."""

    def found(hits):
        return {hit.id: (round(hit.score, 5), dict(hit.payload)) for hit in hits}

    scored = evaluate(client, sample_queries(client, per_category=10, seed=0))
    return {
        "schema": client.manifest.schema.to_dict(),
        "products": sorted((product["id"], sorted(map(repr, product.items()))) for product in client.products()),
        "counts": [client.count(where) for where in CONDITIONS],
        "hits": [found(client.similar("A-017", 6, where=where)) for where in CONDITIONS],
        "by picture": found(client.similar_to_image(folder / "photos" / "23.png", 6, where={"in_stock": True})),
        "facets": {name: client.facets(name) for name in ("brand", "sizes", "in_stock")},
        "histogram": [dataclasses.astuple(part) for part in client.histogram("price", {"brand": "Nike"}, bins=4)],
        "precision": {name: round(interval.value, 6) for name, interval in scored.precision.items()},
        "described": {
            name: [(value, round(share, 4)) for value, share in values]
            for name, values in client.describe(folder / "photos" / "1.png", 2).items()
        },
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory, make_encoder):
    """The answers of an index in a folder, on two days: on the second, numbers became texts."""
    folder = tmp_path_factory.mktemp("expected")
    store = EmbeddedStore(folder / "index", create=True)
    return road(store, folder, make_encoder)


def road(store, folder, make_encoder):
    rows = [row(number) for number in range(300)]
    table = write(folder, rows)
    ingest(table, store, recipe=LEARNED, encoder=make_encoder(), cache=folder / "features")
    days = []
    for change in (
        lambda each: each,
        lambda each: {**each, "price": f"about {each['price']}" if each["price"] else ""},
    ):
        write(folder, [change(each) for each in rows])
        job = Job(table, store, encoder=make_encoder(), cache=folder / "features")
        outcome = run_job(job, Gate(GateRules()))
        with SearchClient.open(store, encoder=make_encoder()) as client:
            days.append((outcome.outcome, outcome.schema_changes, asked(client, folder)))
    return days


def asked(client, folder):
    if client.manifest.schema.type_of("price") == "float":
        return answers(client, folder)
    return {"counts": client.count({"price": "about 6.10"}), "facets": client.facets("brand")}


def test_every_store_answers_alike_on_both_days(any_store, expected, tmp_path, make_encoder):
    days = road(any_store, tmp_path, make_encoder)
    assert [outcome for outcome, _, _ in days] == ["nothing", "updated"]
    assert days[1][1]["retyped"] == {"price": ["float", "text"]}
    assert days == expected
    assert all(0 < count < 300 for count in days[0][2]["counts"])


def test_what_is_restored_answers_as_what_was_exported(any_store, expected, tmp_path, make_encoder):
    source = EmbeddedStore(tmp_path / "source", create=True)
    table = write(tmp_path, [row(number) for number in range(300)])
    ingest(table, source, recipe=LEARNED, encoder=make_encoder(), cache=tmp_path / "features")
    with source.open() as reader:
        export_version(reader, tmp_path / "shop.likewise", Silent())
    any_store.publish(restore_version(any_store, tmp_path / "shop.likewise", Silent()))
    with SearchClient.open(any_store, encoder=make_encoder()) as client:
        assert answers(client, tmp_path) == expected[0][2]
