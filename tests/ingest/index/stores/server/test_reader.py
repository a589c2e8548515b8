"""However much is asked at once, no request is larger than a proxy lets through."""

import dataclasses
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient

from likewise.ingest.index.filters import OneOf
from likewise.ingest.index.stores import Query
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.index.stores.server.reader import MAX_BYTES, MAX_ITEMS, portions
from likewise.search import SearchClient


class Counted(QdrantClient):
    """Remembers the bytes of every request, as REST would send them, and the number of products asked for."""

    def __init__(self):
        super().__init__(":memory:")
        self.queries, self.retrieved = [], []

    def query_batch_points(self, collection_name, requests, **more):
        self.queries.append(sum(len(request.model_dump_json()) for request in requests))
        return super().query_batch_points(collection_name, requests, **more)

    def scroll(self, collection_name, *, limit, **more):
        if ".v" in collection_name:
            self.retrieved.append(limit)
        return super().scroll(collection_name, limit=limit, **more)


@pytest.fixture
def client():
    client = Counted()
    yield client
    client.close()


@pytest.fixture
def opened(client, commit):
    """The index of the contract suite, opened, its requests counted."""
    store = ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1)), "shop")
    commit(store)
    with store.open() as reader:
        yield reader


def test_two_thousand_wide_queries_are_no_single_request(client, opened, index, monkeypatch):
    """2,000 queries of 2,048 numbers have 87 MB as JSON; a server refuses more than 32 MiB."""
    answered = []
    monkeypatch.setattr(client, "query_batch_points", lambda _, requests: answer(client, requests, answered))
    vector = np.random.default_rng(0).normal(size=2048).astype(np.float32)
    opened.search([Query(vector, 6)] * 2000)
    assert sum(answered) == 2000
    assert max(client.queries) < MAX_BYTES < sum(client.queries)


def answer(client, requests, answered):
    client.queries.append(sum(len(request.model_dump_json()) for request in requests))
    answered.append(len(requests))
    return [type("Answer", (), {"points": []})()] * len(requests)


def test_answers_keep_the_order_of_the_queries(client, opened, index):
    queries = [Query(index.vectors[at % 60], 1) for at in range(1234)]
    assert [hits[0].id for hits in opened.search(queries)] == [index.points[at % 60].key for at in range(1234)]
    assert len(client.queries) == 3


def test_long_filters_count(client, opened, index):
    values = tuple(f"{at:064x}" for at in range(1000))
    opened.search([Query(index.vectors[0], 1, OneOf("content", values))] * 100)
    assert max(client.queries) < MAX_BYTES * 1.2 < sum(client.queries)


def test_many_products_are_retrieved_in_bounded_requests_and_in_order(client, opened, index):
    names = [point.key for point in index.points] + ["nobody"]
    wanted = [names[at % 61] for at in range(3000)]
    found = opened.retrieve(wanted)
    assert [record and record.id for record in found] == [None if name == "nobody" else name for name in wanted]
    assert client.retrieved == [MAX_ITEMS] * 6


def test_wide_vectors_make_smaller_requests(client, opened, index):
    opened.manifest = dataclasses.replace(opened.manifest, vector_dim=2048)
    opened.retrieve([point.key for point in index.points] * 10, with_vector=True)
    assert 1 < max(client.retrieved) < 200


@given(st.lists(st.integers(0, 2 * MAX_BYTES), max_size=40))
def test_portions_hold_everything_once_in_order_and_no_more_than_they_may(sizes):
    found = list(portions(sizes, lambda size: size))
    assert [size for portion in found for size in portion] == sizes
    assert all(len(portion) == 1 or sum(portion) <= MAX_BYTES for portion in found)


def test_two_questions_that_need_nothing_of_each_other_are_asked_at_once(opened):
    both_there = threading.Barrier(2, timeout=10)
    assert opened.together(both_there.wait, lambda: (both_there.wait(), "second")[1])[1] == "second"


def test_a_filtered_search_by_id_is_two_round_trips_and_its_filter_is_counted_once(client, opened, monkeypatch):
    calls = []
    for name in ("scroll", "facet", "query_batch_points", "retrieve"):
        call = getattr(client, name)
        monkeypatch.setattr(
            client, name, lambda *a, _call=call, _name=name, **m: (calls.append(_name), _call(*a, **m))[1]
        )
    with SearchClient(opened) as searches:
        first = searches.similar("0", where={"gender": "Men"})
        # The first two at once.
        assert sorted(calls[:2]) == ["facet", "scroll"]
        assert calls[2:] == ["query_batch_points"]
        del calls[:]
        again = searches.similar("0", where={"gender": "Men"})
        assert [hit.id for hit in again] == [hit.id for hit in first]
        assert calls == ["scroll", "query_batch_points"]
