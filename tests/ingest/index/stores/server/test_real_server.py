"""What only a real server does: payload indexes, strict mode, quantization, layout, keys, two protocols.

qdrant-client's in-memory mode has none of it. Set LIKEWISE_TEST_QDRANT_URL (and LIKEWISE_TEST_QDRANT_API_KEY, and
LIKEWISE_TEST_QDRANT_REPLICAS on a cluster); `make test-server` runs this file with the others.
"""

import copy
import dataclasses
import json
import os
import pickle
import subprocess
import sys
import threading
import time
import uuid

import numpy as np
import pytest
from qdrant_client import models
from qdrant_client.http.exceptions import UnexpectedResponse

from likewise.ingest.catalog import FASHION
from likewise.ingest.errors import StoreError
from likewise.ingest.index.filters import All, Any, Exists, Not, OneOf
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.stores import Point, Query
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore, qdrant_requests
from likewise.ingest.index.stores.server.address import Address

SERVER = os.environ.get("LIKEWISE_TEST_QDRANT_URL", "").rstrip("/")
KEY = os.environ.get("LIKEWISE_TEST_QDRANT_API_KEY")
REPLICAS = int(os.environ.get("LIKEWISE_TEST_QDRANT_REPLICAS", "1"))
GRPC_PORT = int(os.environ.get("LIKEWISE_TEST_QDRANT_GRPC_PORT", "6334"))
LAG = 10.0
"""Seconds that a node of a cluster may need to hear of what another client wrote."""

pytestmark = pytest.mark.skipif(
    not SERVER, reason="local mode does not do this: set LIKEWISE_TEST_QDRANT_URL to a server"
)


@pytest.fixture
def name():
    """Of an index of the test's own; its collections are removed afterwards."""
    name = f"likewise-test-{uuid.uuid4().hex[:12]}"
    yield name
    connection = Connection.open(Address.parse(f"{SERVER}/{name}"), ServerOptions(api_key=KEY))
    for collection in connection.client.get_collections().collections:
        if collection.name.startswith(f"{name}."):
            connection.client.delete_collection(collection.name)
    connection.close()


@pytest.fixture
def connect(name):
    """The index over one protocol or the other, with options for what is created."""
    opened = []

    def connect(**options):
        own = {"api_key": KEY, "grpc_port": GRPC_PORT, "layout": Layout(replication_factor=REPLICAS)}
        chosen = ServerOptions(**{**own, **options})
        opened.append(ServerStore.connect(f"{SERVER}/{name}", chosen))
        return opened[-1]

    yield connect
    for store in opened:
        store.close()


@pytest.fixture
def raw():
    """The client itself, over REST."""
    connection = Connection.open(Address.parse(f"{SERVER}/any"), ServerOptions(api_key=KEY))
    yield connection.client
    connection.close()


def eventually(look, holds):
    """What `look` returns once `holds` is true of it, on whichever node answers."""
    deadline = time.monotonic() + LAG
    while not holds(found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def metadata_of(raw, collection, holds):
    return eventually(lambda: raw.get_collection(collection).config.metadata or {}, holds)


def test_everything_that_can_be_filtered_has_its_index(connect, commit, raw, name):
    version = commit(connect())
    wanted = {*FASHION.filterable, "id", "_since", "_until"}
    schema = eventually(
        lambda: raw.get_collection(f"{name}.{version}").payload_schema, lambda found: wanted <= found.keys()
    )
    assert wanted <= schema.keys()
    assert schema["id"].data_type == models.PayloadSchemaType.KEYWORD
    assert schema["_since"].data_type == schema["_until"].data_type == models.PayloadSchemaType.INTEGER
    for key in FASHION.filterable:
        assert schema[key].data_type == models.PayloadSchemaType.KEYWORD
        tenant = schema[key].params is not None and bool(schema[key].params.is_tenant)
        assert tenant == (key == "cluster"), key
    beside = raw.get_collection(f"{name}.index").payload_schema
    assert beside["holder"].data_type == models.PayloadSchemaType.KEYWORD
    assert beside["expires"].data_type == models.PayloadSchemaType.FLOAT


def test_strict_mode_refuses_a_filter_without_an_index_and_takes_all_of_ours(connect, commit, raw, name, index):
    store = connect()
    collection = f"{name}.{commit(store)}"
    strict = raw.get_collection(collection).config.strict_mode_config
    assert strict.enabled is True
    assert strict.unindexed_filtering_retrieve is False
    assert strict.unindexed_filtering_update is False
    named = models.FieldCondition(key="productDisplayName", match=models.MatchValue(value="a shirt"))
    unindexed = models.Filter(must=[named])
    for call in (
        lambda: raw.scroll(collection, scroll_filter=unindexed),
        lambda: raw.count(collection, count_filter=unindexed),
        lambda: raw.query_points(collection, query=[0.0, 0.0, 0.0, 1.0], query_filter=unindexed),
        lambda: raw.delete(collection, points_selector=models.FilterSelector(filter=unindexed)),
    ):
        with pytest.raises(UnexpectedResponse, match=r"(?i)index required"):
            call()
    with store.open() as reader:
        for key in FASHION.filterable:
            for tree in (OneOf(key, ("Men", "Women")), Not(OneOf(key, ("Men",))), Exists(key), Any((Exists(key),))):
                reader.search([Query(index.vectors[0], 3, tree)])
                reader.count(tree)


def test_int8_with_rescoring_finds_what_an_exact_search_finds(connect, raw, name, index):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = [Point(str(at), str(at), vector, {"id": str(at), "cluster": "0"}) for at, vector in enumerate(vectors)]
    manifest = dataclasses.replace(
        index.manifest, index_dim=64, vector_dim=64, products=len(points), clusters={"0": len(points)},
        layout=Layout(quantization="int8"),
    )  # fmt: skip
    store = connect()
    writer = store.begin(manifest, index.model)
    writer.upsert(points)
    candidate = writer.commit(manifest)
    candidate.publish()
    version = candidate.version
    scalar = raw.get_collection(f"{name}.{version}").config.quantization_config.scalar
    assert (scalar.type, scalar.always_ram) == (models.ScalarType.INT8, True)
    assert scalar.quantile == pytest.approx(0.99, abs=1e-6)
    asked = vectors[:200]
    with store.open() as reader:
        answers = reader.search([Query(vector, 6) for vector in asked])
    exact = np.argsort(-(asked @ vectors.T), axis=1)[:, :6]
    same = [{hit.id for hit in hits} == set(map(str, row)) for hits, row in zip(answers, exact, strict=True)]
    assert np.mean(same) > 0.9
    # Rescored: the scores are those of whole vectors.
    for vector, hits in zip(asked, answers, strict=True):
        whole = [float(vector @ vectors[int(hit.id)]) for hit in hits]
        np.testing.assert_allclose([hit.score for hit in hits], whole, atol=1e-5)


def test_a_version_is_laid_out_as_it_was_asked_for(connect, commit, raw, name, index):
    layout = Layout(2 * REPLICAS, REPLICAS, REPLICAS, on_disk=True)
    laid_out = copy.copy(index)
    laid_out.manifest = dataclasses.replace(index.manifest, layout=layout)
    version = commit(connect(layout=layout), laid_out)
    for collection in (f"{name}.{version}", f"{name}.index"):
        params = raw.get_collection(collection).config.params
        assert params.shard_number == 2 * REPLICAS
        assert params.replication_factor == REPLICAS
        # That of the files stays the server's own: a rollback has to work while a node is down.
        assert params.write_consistency_factor == (1 if collection.endswith(".index") else REPLICAS)
    params = raw.get_collection(f"{name}.{version}").config.params
    assert (params.vectors.size, params.vectors.distance) == (4, models.Distance.COSINE)
    assert params.vectors.on_disk is True
    assert params.on_disk_payload is True
    assert raw.get_collection(f"{name}.{version}").config.quantization_config is None


def test_the_layout_of_an_earlier_format_is_read_off_the_collection(connect, commit, raw, name, index):
    version = commit(connect())
    found = qdrant_requests.layout_of(raw.get_collection(f"{name}.{version}").config)
    assert (found.replication_factor, found.on_disk, found.quantization) == (REPLICAS, False, "none")


def test_another_process_uploads_points(connect, index, monkeypatch):
    if KEY:
        monkeypatch.setenv("LIKEWISE_API_KEY", KEY)
    writer = connect().begin(index.manifest, index.model)
    writer.upsert(index.points[:20])
    program = "import pickle, sys; sink, points = pickle.load(sys.stdin.buffer); sink.upsert(points)"
    data = pickle.dumps((writer.sink(), index.points[20:]))
    subprocess.run([sys.executable, "-c", program], input=data, check=True)
    with writer.commit(index.manifest).open() as reader:
        assert reader.count() == 60


def test_the_alias_is_switched_without_a_gap(connect, commit, raw, name):
    store = connect()
    first, second = commit(store), commit(store)
    failures, asked = [], 0
    stop = threading.Event()

    def ask():
        nonlocal asked
        while not stop.is_set():
            try:
                assert raw.count(name, exact=True).count == 60
                asked += 1
            except Exception as error:
                failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(10):
            for version in (first, second):
                store.publish(version)
                wanted = f"{name}.{version}"
                leads_to = eventually(lambda: collection_of(raw, name), wanted.__eq__)
                assert leads_to == wanted
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert asked > 0


def collection_of(raw, name):
    return {alias.alias_name: alias.collection_name for alias in raw.get_aliases().aliases}.get(name)


def test_a_small_update_passes_strict_mode_and_stays_in_its_collection(connect, commit, raw, name, index):
    """Every filter of the update, of the readers beside it and of the sweep names a key that has an index."""
    store = connect()
    version = commit(store)
    for night in range(3):
        writer = store.begin(index.manifest, index.model, parent=store.current(), share=0.05)
        writer.upsert([index.points[1]])
        writer.replace_payloads({index.points[2].key: {**index.points[2].payload, "gender": f"night {night}"}})
        candidate = writer.commit(index.manifest)
        with store.open(version) as old, candidate.open() as new:
            assert old.count(OneOf("gender", (f"night {night}",))) == 0
            assert new.count(OneOf("gender", (f"night {night}",))) == 1
            assert new.retrieve([index.points[2].key])[0].payload["gender"] == f"night {night}"
            assert sum(new.facet("gender").values()) == new.count() == 60
        candidate.publish()
    assert raw.count(f"{name}.{version}", exact=True).count == 66
    store.delete(version)
    prune_versions(store, 1)
    assert raw.count(f"{name}.{version}", exact=True).count == 60
    assert store.current() == candidate.version


def test_metadata_is_kept_merged_and_removed_key_by_key(connect, commit, raw, name):
    store = connect()
    version = commit(store)
    collection = f"{name}.{version}"
    metadata = metadata_of(raw, collection, lambda found: found.get("published") == version)
    metadata = {key: value for key, value in metadata.items() if value is not None}
    assert metadata["state"] == "committed"
    assert metadata["published"] == version
    with store.open() as reader:
        assert metadata[version]["manifest"] == json.loads(reader.manifest.to_json())
    assert all(type(entry["size"]) is int for entry in metadata[version]["files"])
    note = {"a": [1, 2.5, None, "ü"]}
    raw.update_collection(collection, metadata={"note": note})
    assert metadata_of(raw, collection, lambda found: "note" in found) == {**metadata, "note": note}
    raw.update_collection(collection, metadata={"note": None})
    assert metadata_of(raw, collection, lambda found: found.get("note") is None).get("note") is None
    with store.open() as reader:
        assert reader.count() == 60


@pytest.mark.skipif(not KEY, reason="needs a server that asks for a key: set LIKEWISE_TEST_QDRANT_API_KEY")
@pytest.mark.parametrize("grpc", [False, True], ids=["rest", "grpc"])
@pytest.mark.parametrize("key", ["not-the-key-of-this-server", None])
def test_a_wrong_key_is_refused_at_once_and_never_shown(connect, index, grpc, key):
    store = connect(api_key=key, grpc=grpc, patience=5, search_patience=5)
    for call in (store.current, store.versions, lambda: store.begin(index.manifest, index.model)):
        with pytest.raises(StoreError, match="refuses the key") as error:
            call()
        assert "not-the-key" not in str(error.value)
        assert KEY not in str(error.value)


@pytest.mark.parametrize("writes_over_grpc", [False, True])
def test_both_protocols_write_and_read_the_same(connect, commit, index, writes_over_grpc):
    version = commit(connect(grpc=writes_over_grpc))
    conditions = All((OneOf("gender", ("Men",)), Not(OneOf("baseColour", ("Red", "Blue")))))
    queries = [Query(vector, 7) for vector in index.vectors[:20]]
    queries += [Query(index.vectors[0], 60, conditions, (index.points[0].key, index.points[2].key), 0.1)]
    found = []
    for grpc in (False, True):
        store = connect(grpc=grpc)
        with store.open() as reader:
            records = {record.id: record for record in reader.scroll(with_vector=True, batch=11)}
            found.append((store.current(), reader.manifest, reader.model().hash, reader.attachment("rejects.csv")))
            answers = reader.search(queries)
            assert reader.count(conditions) == sum(1 for _ in reader.scroll(conditions, batch=3))
            assert [r and r.id for r in reader.retrieve(["0", "nobody", "001"])] == ["0", None, "001"]
        for point in index.points:
            assert records[point.key].payload == point.payload
            np.testing.assert_allclose(records[point.key].vector, point.vector, atol=1e-6)
        found[-1] += ([[(hit.id, round(hit.score, 5), hit.payload) for hit in hits] for hits in answers],)
    assert found[0] == found[1]
    assert found[0][0] == version
