"""`evaluate` on an index that learned attributes: products that were held back, by picture; and what it says else."""

import pytest

from likewise.evaluation.by_picture import find_held_back
from likewise.evaluation.protocol import evaluate, sample_queries
from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ImageError
from likewise.search import SearchClient

SMALL = {"n_components": 8, "landmarks": 100, "members": 1, "hidden": 16}


@pytest.fixture(scope="module")
def setting(make_catalog, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    catalog = make_catalog(folder / "catalog", 120)
    recipe = Recipe(reducer="attributes", reducer_params=SMALL, clusterer_params={"n_clusters": 3})
    ingest(catalog, folder / "index", recipe=recipe, encoder=make_encoder(), cache=folder / "cache")
    return folder


@pytest.fixture
def client(setting):
    with SearchClient.open(setting / "index") as client:
        yield client


def test_products_that_were_held_back_are_asked_by_picture(client, setting):
    held_back, why_not = find_held_back(client, setting / "cache")
    assert why_not == ""
    assert len(set(held_back.contents.values())) == len({each["content"] for each in client.products()}) // 20
    queries = sample_queries(client, per_category=5, seed=0, among=held_back.contents)
    assert {name for ids in queries.values() for name in ids} <= held_back.contents.keys()
    found = evaluate(client, queries, held_back=held_back)
    assert (found.asked, found.unseen) == ("picture", True)
    by_id = evaluate(client, queries)
    assert (by_id.asked, by_id.unseen) == ("id", False)


def test_what_the_cache_lacks_is_encoded_where_the_catalog_is(client, tmp_path, monkeypatch, make_encoder):
    encoder = make_encoder()
    monkeypatch.setattr("likewise.evaluation.by_picture.open_encoder", lambda _: encoder)
    held_back, _ = find_held_back(client, tmp_path / "empty")
    assert encoder.seen == len(set(held_back.contents.values()))


def test_where_neither_features_nor_pictures_are_it_says_so(client, tmp_path, monkeypatch, make_encoder):
    monkeypatch.setattr("likewise.evaluation.by_picture.open_encoder", lambda _: make_encoder())
    monkeypatch.setattr("likewise.evaluation.by_picture.picture_source", lambda _: NoPictures())
    held_back, why_not = find_held_back(client, tmp_path / "empty")
    assert held_back is None
    assert "not in the cache" in why_not


class NoPictures:
    def read(self, ref):
        raise ImageError("missing-image", ref)
