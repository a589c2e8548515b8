"""A search finds k products whenever k match, however few clusters it looks into first."""

import numpy as np
import pytest

from likewise.ingest import Recipe, Rules, ingest
from likewise.search import Not, SearchClient

RECIPE = Recipe(reducer_params={"n_components": 4}, clusterer_params={"n_clusters": 5})
FILTERS = [
    None,
    {"gender": "Men"},
    {"articleType": "Watches"},
    {"baseColour": "Red"},
    {"baseColour": ["Red", "Blue"], "gender": "Women"},
    {"baseColour": Not("Green"), "articleType": ["Tshirts", "Watches"]},
    {"articleType": "Watches", "baseColour": "Red", "gender": "Men"},
    {"gender": "Nobody"},
]


@pytest.fixture(scope="module", params=[60, 12])
def setting(request, shared_store, make_catalog, make_encoder, tmp_path_factory):
    """Catalogs whose clusters hold fewer products than a page shows, many or most of them."""
    folder = tmp_path_factory.mktemp("enough")
    catalog = make_catalog(folder / "catalog", request.param)
    how = {"recipe": RECIPE, "rules": Rules(refit="always", prune_missing=True), "cache": folder / "cache"}
    outcome = ingest(catalog, shared_store, encoder=make_encoder(), **how)
    return shared_store, outcome.version, catalog


@pytest.fixture
def client(setting, encoder):
    with SearchClient.open(setting[0], version=setting[1], encoder=encoder) as client:
        yield client


def names(client, where=None):
    return [payload["id"] for payload in client.products(where)]


@pytest.mark.parametrize("where", FILTERS)
def test_every_product_finds_k_others_if_there_are_k(client, where):
    every, wanted = names(client), set(names(client, where))
    for k in (1, 6, 11):
        for name, hits in zip(every, client.similar_batch(every, k, where=where), strict=True):
            found = {hit.id for hit in hits}
            assert len(hits) == len(found) == min(k, len(wanted - {name})), name
            assert found <= wanted - {name}
    answers = client.similar_batch(every, where=where, include_self=True)
    assert [len(hits) for hits in answers] == [min(6, len(wanted))] * len(every)


@pytest.mark.parametrize("where", FILTERS)
def test_every_picture_and_vector_finds_k(client, setting, where):
    every = names(client)
    pictures = [setting[2] / "images" / f"{name}.png" for name in every]
    vectors = np.stack([client.vector(name) for name in every])
    expected = min(6, client.count(where))
    for answers in (
        client.similar_to_image_batch(pictures, where=where),
        client.similar_to_vector_batch(vectors, where=where),
        client.similar_to_features_batch(client._lazy.features(pictures), where=where),
    ):
        assert [len(hits) for hits in answers] == [expected] * len(every)
        for hits in answers:
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_threshold_may_leave_fewer(client):
    every = client.similar("100", 11)
    assert client.similar("100", 11, score_threshold=every[3].score - 1e-4) == every[:4]


@pytest.fixture
def asked(client, monkeypatch):
    """What a client asks of its version besides vectors and searches, in order."""
    asked = []
    for name in ("model", "clusterer", "facet"):
        method = getattr(client._reader, name)

        def spy(*args, name=name, method=method):
            asked.append(name)
            return method(*args)

        monkeypatch.setattr(client._reader, name, spy)
    return asked


def test_a_search_by_id_that_needs_no_other_cluster_loads_no_model(client, asked):
    largest, size = max(client.manifest.clusters.items(), key=lambda pair: pair[1])
    inside = {"cluster": largest}
    name = names(client, inside)[0]
    assert len(client.similar(name, size - 1)) == size - 1
    assert asked == []
    assert len(client.similar(name, size - 1, where=inside)) == size - 1
    assert asked == ["facet"]


def test_what_needs_every_match_needs_no_ranking(client, asked):
    assert len(client.similar("100", 10_000)) == client.manifest.products - 1
    assert client.similar("100", where={"gender": "Nobody"}) == []
    assert asked == ["facet"]


def test_other_clusters_are_ranked_without_the_reducer_and_counted_once_for_a_batch(client, asked):
    every, most = names(client), max(client.manifest.clusters.values())
    where = {"gender": ["Men", "Women"]}
    assert {len(hits) for hits in client.similar_batch(every, most, where=where)} == {most}
    assert asked == ["facet", "clusterer"]
    client.similar(every[0], most)
    assert asked == ["facet", "clusterer"]
