"""Batches go several at a time and are sent again when they fail: of one product, the last word stays the last."""

import dataclasses
import threading
import time

import pytest

from likewise.ingest.index.stores.server.qdrant_filters import server_id


@pytest.fixture
def slow_first(client, monkeypatch):
    """The first upload of points that is begun arrives last, as one does that had to be sent twice."""
    lock, begun = threading.Lock(), []

    def slow(call):
        def wrapped(collection, *arguments, **more):
            if collection.startswith("shop.v"):
                begun.append(collection)
                if len(begun) == 1:
                    time.sleep(0.3)
            with lock:
                return call(collection, *arguments, **more)

        return wrapped

    for name in ("upsert", "batch_update_points", "delete"):
        monkeypatch.setattr(client, name, slow(getattr(client, name)))
    return begun


@pytest.fixture
def writer(connect, index, slow_first):
    writer = connect(parallel=3).begin(index.manifest, index.model)
    yield writer
    writer.abort()


def stored(client, version, point):
    return client.retrieve(f"shop.{version}", [server_id(point.key)], with_payload=True)


def relabelled(point, gender):
    return dataclasses.replace(point, payload={**point.payload, "gender": gender})


def test_a_product_that_is_written_twice_is_what_it_was_last(client, index, writer):
    for gender in ("Men", "Women", "Boys"):
        writer.upsert([relabelled(index.points[0], gender)])
    writer.flush()
    assert stored(client, writer.version, index.points[0])[0].payload["gender"] == "Boys"


def test_a_payload_follows_its_product(client, index, writer):
    writer.upsert(index.points[:3])
    writer.replace_payloads({index.points[1].key: relabelled(index.points[1], "Girls").payload})
    writer.upsert([index.points[2]])
    writer.flush()
    assert stored(client, writer.version, index.points[1])[0].payload["gender"] == "Girls"


def test_a_deleted_product_does_not_come_back(client, index, writer):
    writer.upsert(index.points[:3])
    writer.delete([index.points[1].key])
    writer.flush()
    assert stored(client, writer.version, index.points[1]) == []


def test_other_products_do_not_wait(index, writer, slow_first):
    writer.upsert(index.points[:3])
    writer.upsert(index.points[3:6])
    while len(slow_first) < 2:
        time.sleep(0.01)
    assert not writer._pending[0][0].done()


def test_a_copy_has_arrived_before_it_is_changed(client, connect, commit, index, slow_first):
    parent = commit(connect())
    slow_first.clear()
    writer = connect(parallel=3).begin(index.manifest, index.model, parent=parent)
    assert client.count(f"shop.{writer.version}").count == 60
    writer.abort()
