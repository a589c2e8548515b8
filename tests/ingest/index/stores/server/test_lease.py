"""The right to write: given back, lost for good, and to be had while a node of a cluster is down."""

import threading
import time

import pytest
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from likewise.ingest.errors import StoreBusyError, StoreError


def refuse(*_, **__):
    raise UnexpectedResponse(500, "injected", b"no enough active replicas", {})


@pytest.fixture
def one_node_down(client, monkeypatch):
    """Of two replicas one answers: whatever asks for the agreement of more is refused."""
    retrieve, upsert = client.retrieve, client.upsert

    def read(*arguments, consistency=None, **more):
        return refuse() if consistency is not None else retrieve(*arguments, **more)

    def write(*arguments, ordering=None, **more):
        return refuse() if ordering == "strong" else upsert(*arguments, **more)

    monkeypatch.setattr(client, "retrieve", read)
    monkeypatch.setattr(client, "upsert", write)


def test_a_node_that_is_down_stops_neither_searches_nor_a_rollback(connect, commit, index, request):
    first, second = commit(connect()), commit(connect())
    request.getfixturevalue("one_node_down")
    with connect().open() as reader:
        assert reader.version == second
        assert reader.model().hash == index.model.hash
        assert reader.attachment("rejects.csv") == b"id\n"
    assert connect().history() == [second, first]
    assert connect().rollback() == first


def test_whose_lease_it_is_is_asked_of_more_than_one_replica(client, connect, index, monkeypatch):
    asked = set()
    retrieve = client.retrieve

    def read(*arguments, consistency=None, **more):
        asked.add(consistency)
        return retrieve(*arguments, **more)

    monkeypatch.setattr(client, "retrieve", read)
    with connect().exclusive():
        pass
    assert asked == {"quorum"}


def test_a_file_on_a_replica_that_lags_is_waited_for(client, connect, commit, index, monkeypatch):
    commit(connect())
    retrieve, left = client.retrieve, [3]

    def read(collection, *arguments, **more):
        left[0] -= collection == "shop.index"
        return [] if collection == "shop.index" and left[0] > 0 else retrieve(collection, *arguments, **more)

    monkeypatch.setattr(client, "retrieve", read)
    with connect(lag=5).open() as reader:
        assert reader.model().hash == index.model.hash


def test_a_lease_that_was_lost_is_not_taken_back_behind_our_back(connect):
    """Another process had it in between and is gone again: it may have changed what we had read."""
    ours = connect(lease=0.3)._running
    ours.acquire()
    ours._stop.set()
    ours._keeper.join()
    time.sleep(0.4)
    with connect().exclusive():
        pass
    ours._stop.clear()
    ours._keeper = threading.Thread(target=ours._keep, daemon=True)
    ours._keeper.start()
    ours._keeper.join(2)
    with pytest.raises(StoreBusyError, match="was lost"):
        ours.check()
    ours.release()
    with connect().exclusive():
        pass


def test_a_claim_that_fails_half_way_does_not_lock_the_index(connect, monkeypatch):
    store = connect(lease=60)
    with monkeypatch.context() as patch:
        patch.setattr(store._index_files, "agreed", lambda *_: (_ for _ in ()).throw(StoreError("the answer was lost")))
        with pytest.raises(StoreError, match="lost"):
            store._running.acquire()
    with connect().exclusive():
        pass


def test_a_lease_is_given_up_soon_when_the_server_is_away(client, connect, monkeypatch):
    def away(*_, **__):
        raise ResponseHandlingException(ConnectionError("refused"))

    monkeypatch.setattr("likewise.ingest.index.stores.server.lease.RELEASE_PATIENCE", 0.5)
    store = connect(patience=60)
    store._running.acquire()
    monkeypatch.setattr(client, "upsert", away)
    waited, write = [], store._connection.write

    def note(call, *, patience=None, **more):
        waited.append(patience)
        return write(call, patience=patience, **more)

    monkeypatch.setattr(store._connection, "write", note)
    store._running.release()
    assert waited == [0.5]


@pytest.mark.parametrize("step", ["begin", "update", "publish", "delete"])
def test_a_run_that_lost_its_lock_changes_nothing_more(connect, commit, index, step):
    first, version = commit(connect()), commit(connect())
    store = connect(lease=0.4)
    with store.exclusive():
        store._running._stop.set()
        store._running._keeper.join()
        time.sleep(0.5)
        steps = {
            "begin": lambda: store.begin(index.manifest, index.model),
            "update": lambda: store.begin(index.manifest, index.model, parent=version, share=0.05),
            "publish": lambda: store.publish(first),
            "delete": lambda: store.delete(first),
        }
        with pytest.raises(StoreBusyError, match="was lost"):
            steps[step]()
    assert connect().current() == version
    assert [found.name for found in connect().versions()] == [first, version]
