"""`probe="all"` is exact, wherever the index lives; every other search may use the store's shortcuts."""

import pytest

from likewise.ingest import Recipe, ingest
from likewise.search import SearchClient

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


@pytest.fixture
def asked(any_store, catalog, encoder, tmp_path, monkeypatch):
    """A client, and the queries that it sends to its store."""
    ingest(catalog, any_store, recipe=RECIPE, encoder=encoder, cache=tmp_path / "cache")
    reader = any_store.open()
    queries, search = [], reader.search

    def spy(asked):
        queries.extend(asked)
        return search(asked)

    monkeypatch.setattr(reader, "search", spy)
    with SearchClient(reader, encoder=encoder) as client:
        yield client, queries


def test_only_a_search_of_everything_is_exact(asked, catalog):
    client, queries = asked
    assert client.similar("100", probe="all")
    assert client.similar("100")
    assert client.similar_to_image(catalog / "images" / "100.png", probe=2)
    assert client.similar_to_image(catalog / "images" / "100.png", probe="all", where={"gender": "Men"})
    assert [query.exact for query in queries] == [True, False, False, True]
