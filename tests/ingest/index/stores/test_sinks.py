"""Points that other processes upload into a version that is being built here."""

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import Connection, ServerOptions
from likewise.ingest.index.stores.server.address import Address
from likewise.ingest.index.stores.server.sink import ServerSink
from likewise.ingest.index.stores.server.view import View

UPLOAD = "import pickle, sys; sink, points = pickle.load(sys.stdin.buffer); sink.upsert(points)"


@pytest.fixture
def folder(tmp_path):
    return EmbeddedStore(tmp_path / "index", create=True)


def elsewhere(sink, points):
    """Upload in a process of its own."""
    subprocess.run([sys.executable, "-c", UPLOAD], input=pickle.dumps((sink, points)), check=True)


def test_other_processes_put_points_into_a_folders_version(folder, index):
    writer = folder.begin(index.manifest, index.model)
    sink = writer.sink()
    writer.upsert(index.points[:10])
    elsewhere(sink, index.points[10:40])
    pickle.loads(pickle.dumps(sink)).upsert(index.points[40:])
    sink.upsert([])
    with writer.commit(index.manifest).open() as reader:
        records = {record.id: record for record in reader.scroll(with_vector=True)}
        assert reader.attachments() == []
    assert records.keys() == {point.key for point in index.points}
    for point in index.points:
        assert records[point.key].payload == point.payload
        np.testing.assert_allclose(records[point.key].vector, point.vector, atol=1e-6)
    assert not list(folder.folder.rglob("incoming"))


def test_of_two_blocks_with_the_same_point_the_later_one_counts(folder, index):
    writer = folder.begin(index.manifest, index.model)
    sink = writer.sink()
    sink.upsert([dataclasses.replace(index.points[0], payload={"id": index.points[0].key, "gender": "nobody"})])
    sink.upsert(index.points)
    with writer.commit(index.manifest).open() as reader:
        assert reader.retrieve([index.points[0].key])[0].payload == index.points[0].payload


def test_a_block_that_is_half_written_is_left_out(folder, index):
    writer = folder.begin(index.manifest, index.model)
    sink = writer.sink()
    sink.upsert(index.points)
    (sink.folder / "0-killed.partial").write_bytes(b"PK")
    with writer.commit(index.manifest).open() as reader:
        assert reader.count() == 60


def test_an_upload_into_a_version_that_was_given_up_is_refused(folder, index):
    writer = folder.begin(index.manifest, index.model)
    sink = writer.sink()
    writer.abort()
    with pytest.raises(StoreError, match="cannot be written"):
        sink.upsert(index.points)


def test_a_servers_sink_travels_without_the_key(monkeypatch):
    options = ServerOptions(api_key="the-secret", batch=7)
    connection = Connection.open(Address.parse("http://localhost:6333/shop"), options)
    data = pickle.dumps(ServerSink.of(connection, "shop.v000001", View(7)))
    connection.close()
    assert b"the-secret" not in data
    monkeypatch.setenv("LIKEWISE_API_KEY", "of the other process")
    opened = {}
    monkeypatch.setattr(Connection, "open", lambda address, options: opened.setdefault(address, Calls(options)))
    sink = pickle.loads(data)
    assert (sink.address, sink.collection) == (Address("http://localhost:6333", "shop"), "shop.v000001")
    assert sink.view == View(7)
    sink.upsert([])
    assert [calls.options for calls in opened.values()] == [
        dataclasses.replace(options, api_key="of the other process")
    ]


def test_a_servers_sink_uploads_in_bounded_batches(index, monkeypatch):
    calls = Calls(ServerOptions(batch=25))
    monkeypatch.setattr("likewise.ingest.index.stores.server.sink._connection", lambda *_: calls)
    ServerSink(Address("http://localhost:6333", "shop"), "shop.v000001", calls.options, View(None)).upsert(index.points)
    assert calls.uploads == [("shop.v000001", 25), ("shop.v000001", 25), ("shop.v000001", 10)]


class Calls:
    """A connection, and the client at its other end, that note what is uploaded."""

    def __init__(self, options):
        self.options, self.uploads = options, []

    def write(self, call):
        call(self)

    def upsert(self, collection, points, *, wait):
        assert wait
        self.uploads.append((collection, len(points)))


def test_what_lives_in_one_process_has_no_sink(any_store, index):
    if isinstance(any_store, EmbeddedStore) or not any_store.where.startswith("memory"):
        pytest.skip("other processes reach it")
    writer = any_store.begin(index.manifest, index.model)
    with pytest.raises(StoreError, match="not a server that another process could reach"):
        writer.sink()
    writer.abort()
