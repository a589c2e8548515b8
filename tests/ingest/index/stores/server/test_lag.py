"""A cluster's nodes hear of a change one after the other, and any of them may be asked next."""

import copy
import dataclasses
import itertools
import time

import pytest

from likewise.ingest.index.prune import prune_versions


@pytest.fixture
def lagging(client, monkeypatch):
    """Every second look at a collection's metadata is at a node that hears of changes `seconds` later."""
    old, turn = {}, itertools.count()
    get, update = client.get_collection, client.update_collection

    def lagging(seconds):
        def change(collection, **more):
            old[collection] = (time.monotonic() + seconds, copy.deepcopy(get(collection).config.metadata))
            return update(collection, **more)

        def look(collection):
            found = get(collection)
            until, stale = old.get(collection, (0.0, None))
            if next(turn) % 2 and time.monotonic() < until:
                found = found.model_copy(update={"config": found.config.model_copy(update={"metadata": stale})})
            return found

        monkeypatch.setattr(client, "update_collection", change)
        monkeypatch.setattr(client, "get_collection", look)

    return lagging


def test_what_was_committed_is_published_by_a_node_that_has_not_heard_of_it(connect, commit, lagging):
    lagging(0.4)
    for _ in range(3):
        store = connect(lag=3)
        version = commit(store)
        assert store.current() == version
        with store.open(version) as reader:
            assert reader.count() == 60


def test_what_was_just_committed_is_not_dropped_as_an_interrupted_upload(client, connect, commit, index, lagging):
    published = commit(connect())
    lagging(0.4)
    for _ in range(3):
        kept = commit(connect(lag=1), publish=False)
        other = dataclasses.replace(index.manifest, catalog_fingerprint="d" * 64)
        connect(lag=1).begin(other, index.model).abort()
        there = {found.name for found in client.get_collections().collections}
        assert {f"shop.{published}", f"shop.{kept}"} <= there


def test_what_is_published_is_never_dropped_however_a_node_lags(client, connect, commit, index, lagging):
    lagging(60)
    store = connect()
    version = commit(store, publish=False)
    for _ in range(2):
        # The node that lags refuses; the other one does not.
        try:
            store.publish(version)
        except Exception:
            continue
    for _ in range(3):
        connect().begin(index.manifest, index.model).abort()
    assert client.count(f"shop.{version}").count == 60


def test_files_of_a_version_are_not_swept_by_a_node_that_lags(connect, commit, index, lagging):
    version = commit(connect())
    lagging(0.4)
    for content in (b"id\n1\n", b"id\n2\n"):
        writer = connect(lag=1).begin(index.manifest, index.model, parent=version, share=0.05)
        writer.attach("rejects.csv", content)
        candidate = writer.commit(index.manifest)
        candidate.publish()
        version = candidate.version
        prune_versions(connect(lag=1), 1)
        time.sleep(0.5)
        with connect(lag=1).open() as reader:
            assert reader.attachment("rejects.csv") == content
            assert reader.model().hash == index.model.hash
