"""Indexes of every earlier format still open, answer as they did, and become today's with the next version.

`tests/data/format-1` was written by release 0.1: 24 products, by principal components and by learned attributes, as a
folder, as an exported file, and as what a server holds. `tests/data/format-2` are the same as folders of the
format that came after it.
"""

import dataclasses
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from likewise.ingest.catalog import FASHION
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.filters import OneOf
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.stores import Query
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.model import cluster_label, weighed
from likewise.ingest.progress import Silent

DATA = Path(__file__).parents[2] / "data" / "format-1"
KINDS = ("plain", "learned")
ANSWERS = json.loads((DATA / "answers.json").read_text())


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def folder(kind, tmp_path):
    """The folder store of a kind; large files have holes, in the archive and here."""
    with tarfile.open(DATA / f"{kind}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return EmbeddedStore(tmp_path / "index")


@pytest.fixture
def client():
    """A server with the index `shop`, of learned attributes."""
    client = QdrantClient(":memory:")
    for name, collection in json.loads((DATA / "server.json").read_text()).items():
        vectors = {} if name == "shop.index" else models.VectorParams(size=16, distance=models.Distance.DOT)
        client.create_collection(name, vectors_config=vectors, metadata=collection["metadata"])
        client.upsert(name, [models.PointStruct(**point) for point in collection["points"]])
    alias = models.CreateAlias(collection_name="shop.v000001", alias_name="shop")
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    yield client
    client.close()


@pytest.fixture
def server(client):
    return ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1, lag=0.01)), "shop")


def answers(reader):
    """What the release that wrote the index answered to the same queries."""

    def ask(vector, cluster, exclude=()):
        prior = reader.manifest.capabilities.prior
        if prior is not None:
            vector = weighed(vector[None], reader.manifest.index_dim, prior)[0]
        hits = reader.search([Query(vector, 6, OneOf("cluster", (cluster,)), exclude)])[0]
        return [[hit.id, round(hit.score, 5)] for hit in hits]

    ids = ("100", "101", "107", "123")
    records = reader.retrieve(ids, with_vector=True)
    by_id = {each.id: ask(each.vector, each.payload["cluster"], (each.id,)) for each in records}
    vectors, clusters = reader.model().place(np.linspace(0, 255, 48, dtype=np.float32)[None])
    return {"by_id": by_id, "by_features": ask(vectors[0], cluster_label(clusters[0]))}


def check_manifest(manifest, kind):
    """What format 1 did not say is completed from the model and from what that release could do."""
    learned = kind == "learned"
    assert manifest.encoder.identity == {
        "name": "fake", "precision": "fp32", "fingerprint": "fake-fingerprint", "dim": 48,
    }  # fmt: skip
    assert (manifest.index_dim, manifest.vector_dim) == ((8, 16) if learned else (6, 6))
    assert manifest.distance == ("dot" if learned else "cosine")
    assert manifest.capabilities.predicts == (("articleType", "baseColour") if learned else ())
    assert (manifest.capabilities.prior, manifest.capabilities.threshold) == (
        (0.95, 0.996) if learned else (None, None)
    )
    assert {"prior", "confident"}.isdisjoint(manifest.reducer.info)
    assert manifest.schema == FASHION
    assert (manifest.products, manifest.pictures, manifest.format) == (24, 24, 3)


def test_a_folder_opens_and_answers_as_it_did(folder, kind):
    (version,) = folder.versions()
    assert (version.name, version.current, version.problem) == ("v000001", True, "")
    with folder.open() as reader:
        check_manifest(reader.manifest, kind)
        assert reader.manifest.catalog == "/catalog"
        assert reader.model().hash == reader.manifest.model_hash
        assert answers(reader) == ANSWERS[kind]


def test_a_folder_of_format_2_opens_and_answers_as_it_did(kind, tmp_path):
    data = DATA.with_name("format-2")
    with tarfile.open(data / f"{kind}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    told = json.loads((data / "answers.json").read_text())
    with EmbeddedStore(tmp_path / "index").open() as reader:
        assert (reader.manifest.schema, reader.manifest.format, reader.manifest.several) == (FASHION, 3, False)
        assert reader.model().hash == reader.manifest.model_hash
        assert answers(reader) == told[kind]


def test_the_next_version_of_a_folder_is_of_todays_format(folder, kind):
    with folder.open() as reader:
        manifest, model = reader.manifest, reader.model()
        payload = reader.retrieve(["105"])[0].payload
    writer = folder.begin(manifest, model, parent="v000001", share=0.05)
    writer.replace_payloads({"105": {**payload, "season": "Winter"}})
    candidate = writer.commit(dataclasses.replace(manifest, parent="v000001"))
    candidate.publish()
    formats = {
        name: json.loads((folder.folder / "versions" / name / "manifest.json").read_text())["format"]
        for name in ("v000001", candidate.version)
    }
    assert formats == {"v000001": 1, candidate.version: 3}
    with folder.open() as reader:
        check_manifest(reader.manifest, kind)
        assert reader.count(OneOf("season", ("Winter",))) == 1
        assert answers(reader) == ANSWERS[kind]


@pytest.mark.parametrize("target", ["embedded", "memory"])
def test_an_exported_file_is_restored(kind, tmp_path, target):
    if target == "embedded":
        store = EmbeddedStore(tmp_path / "other", create=True)
    else:
        store = ServerStore(Connection(QdrantClient(":memory:"), "memory/other", ServerOptions(parallel=1)), "other")
    version = restore_version(store, DATA / f"{kind}.likewise", Silent())
    with store.open(version) as reader:
        check_manifest(reader.manifest, kind)
        assert answers(reader) == ANSWERS[kind]
        export_version(reader, tmp_path / "again.likewise", Silent())
    store.close()


def test_a_server_opens_and_answers_as_it_did(server):
    (version,) = server.versions()
    assert (version.name, version.current, version.problem) == ("v000001", True, "")
    with server.open() as reader:
        check_manifest(reader.manifest, "learned")
        assert answers(reader) == ANSWERS["learned"]


@pytest.mark.parametrize("small", [True, False])
def test_the_next_version_of_a_server_is_of_todays_format(server, client, small):
    with server.open() as reader:
        manifest, model = reader.manifest, reader.model()
        payload = reader.retrieve(["105"])[0].payload
    writer = server.begin(manifest, model, parent="v000001", share=0.05 if small else 1.0)
    writer.replace_payloads({"105": {**payload, "season": "Winter"}})
    candidate = writer.commit(manifest)
    candidate.publish()
    metadata = client.get_collection(f"shop.{candidate.version}").config.metadata
    assert metadata[candidate.version]["manifest"]["format"] == 3
    with server.open() as reader:
        check_manifest(reader.manifest, "learned")
        assert reader.count(OneOf("season", ("Winter",))) == 1
        assert answers(reader) == ANSWERS["learned"]


def test_the_layout_of_a_server_is_read_off_its_collection(server, client, monkeypatch):
    """The in-memory client keeps no layout: the server's answer is altered."""
    get = client.get_collection

    def laid_out(name):
        info = get(name)
        vectors = info.config.params.vectors.model_copy(update={"on_disk": True})
        params = {"shard_number": 6, "replication_factor": 2, "write_consistency_factor": 1, "vectors": vectors}
        scalar = models.ScalarQuantization(scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8))
        config = {"params": info.config.params.model_copy(update=params), "quantization_config": scalar}
        return info.model_copy(update={"config": info.config.model_copy(update=config)})

    monkeypatch.setattr(client, "get_collection", laid_out)
    with server.open() as reader:
        assert reader.manifest.layout == Layout(6, 2, 1, on_disk=True, quantization="int8")


def test_what_an_earlier_release_left_half_updated_is_completed_by_the_next_update(server, client):
    """It changed a server's version in place, and was killed: its mark and the undo log mean nothing any more."""
    client.delete("shop.v000001", [100])
    client.update_collection("shop.v000001", metadata={"unfinished": {"provisional": True, "undo": [], "count": 24}})
    undo = "00000000-0000-4000-8000-000000000001"
    payload = {"version": "v000001.undo", "data": ""}
    client.upsert("shop.index", [models.PointStruct(id=undo, vector={}, payload=payload)])
    with server.exclusive(), server.open() as reader:
        assert reader.count() == 23
        manifest = dataclasses.replace(reader.manifest, products=23)
        candidate = server.begin(manifest, reader.model(), parent="v000001", share=0.05).commit(manifest)
        candidate.publish()
        server.sweep()
    with server.open() as reader:
        assert reader.version == candidate.version != "v000001"
        assert reader.count() == reader.manifest.products == 23
    assert client.retrieve("shop.index", [undo]) == []
