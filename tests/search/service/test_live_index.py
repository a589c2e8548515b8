"""Versions are swapped while searches go on."""

import dataclasses
import logging
import shutil
import threading
import time

import pytest
from qdrant_client import QdrantClient

from likewise.ingest import Recipe, ingest
from likewise.ingest.encoders import encoder_fingerprint
from likewise.ingest.errors import (
    IncompatibleError,
    NotFoundError,
    ParameterError,
    StoreError,
    VersionGoneError,
    WeightsError,
)
from likewise.ingest.index import prune_versions
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.model import Model
from likewise.search.service.encoders import SharedEncoder
from likewise.search.service.live_index import LiveIndex
from likewise.search.service.watch import Watch


@pytest.fixture(scope="module")
def template(tmp_path_factory, make_index):
    folder = tmp_path_factory.mktemp("live")
    make_index(folder)
    return folder / "index"


@pytest.fixture
def store(template, tmp_path):
    shutil.copytree(template, tmp_path / "index")
    return EmbeddedStore(tmp_path / "index")


@pytest.fixture
def live(store, encoder):
    opened = LiveIndex(lambda: store, lambda _: encoder)
    opened.open()
    yield opened
    opened.close()


def publish_another(store):
    with store.open() as reader:
        writer = store.begin(reader.manifest, reader.model(), parent=reader.version)
        candidate = writer.commit(dataclasses.replace(reader.manifest, parent=reader.version))
    candidate.publish()
    return candidate.version


def version(live):
    with live.client() as client:
        return client.manifest.version


def test_a_newly_published_version_and_a_rollback_are_followed(live, store):
    assert version(live) == "v000001"
    publish_another(store)
    assert version(live) == "v000001"
    live.refresh()
    assert version(live) == "v000002"
    store.rollback()
    live.refresh()
    assert version(live) == "v000001"


def test_nothing_is_reopened_while_the_version_stays(live):
    with live.client() as before:
        pass
    live.refresh()
    with live.client() as after:
        assert after is before


def test_a_client_is_closed_when_its_last_search_ends(live, store, monkeypatch):
    closed = []
    with live.client() as outer:
        monkeypatch.setattr(outer, "close", lambda: closed.append("v000001"))
        with live.client() as inner:
            assert inner is outer
            publish_another(store)
            live.refresh()
            assert inner.similar("100")
        assert closed == []
        assert outer.similar("100")
    assert closed == ["v000001"]


def test_a_version_that_cannot_be_opened_leaves_the_old_one_and_is_logged_once(live, store, caplog):
    caplog.set_level(logging.INFO)
    broken = publish_another(store)
    model = store.folder / "versions" / broken / "model"
    model.rename(model.with_name("away"))
    for _ in range(3):
        live.refresh()
    assert version(live) == "v000001"
    with live.client() as client:
        assert client.similar("100", probe=2)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "encoder.json" in caplog.text
    assert "Traceback" not in caplog.text
    model.with_name("away").rename(model)
    live.refresh()
    assert version(live) == broken
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_opening_raises_what_is_wrong(encoder, make_encoder, store, tmp_path):
    with pytest.raises(StoreError, match="There is no index in"):
        LiveIndex(lambda: EmbeddedStore(tmp_path / "nowhere"), lambda _: encoder).open()
    with pytest.raises(IncompatibleError, match="encoder_fingerprint differs"):
        LiveIndex(lambda: store, lambda _: make_encoder("another")).open()
    empty = EmbeddedStore(tmp_path / "empty", create=True)
    unready = LiveIndex(lambda: empty, lambda _: encoder)
    with pytest.raises(NotFoundError, match="Nothing is published"):
        unready.open()
    unready.refresh()
    with pytest.raises(StoreError, match=r"No index is open\. Nothing is published"), unready.client():
        pass


def test_the_model_is_loaded_before_searches_can_race_for_it(live, store, monkeypatch):
    publish_another(store)
    live.refresh()
    monkeypatch.setattr("likewise.ingest.model.model.Model.load", lambda _: pytest.fail("loaded by a search"))
    with live.client() as client:
        assert client.similar("100", probe=2)


def test_the_first_version_answers_searches_by_id_before_its_model_is_there(store, encoder, monkeypatch):
    loads = []
    load = Model.load
    monkeypatch.setattr(Model, "load", lambda folder: loads.append(folder) or load(folder))
    opened = LiveIndex(lambda: store, lambda _: encoder)
    opened.open()
    assert opened.ask(lambda client: len(client.similar("100"))) == 6
    assert (loads, encoder.seen, opened.loaded) == ([], 0, False)
    opened.load()
    assert (len(loads), encoder.seen, opened.loaded) == (1, 1, True)
    opened.load()
    assert (len(loads), encoder.seen) == (1, 1)
    opened.close()


def test_a_first_version_without_its_model_is_searched_by_id_and_says_so(store, encoder, caplog):
    model = store.folder / "versions" / "v000001" / "model" / "reducer.npz"
    model.rename(model.with_suffix(".away"))
    opened = LiveIndex(lambda: store, lambda _: encoder)
    opened.open()
    for _ in range(3):
        opened.load()
    assert caplog.text.count("Searches by picture do not work") == 1
    assert opened.ask(lambda client: len(client.similar("100"))) == 6
    with pytest.raises(StoreError), opened.client() as client:
        client.similar_to_features_batch([[1.0] * 48])
    opened.close()


def test_a_network_that_cannot_be_had_keeps_no_version_back(live, store, encoder, monkeypatch, caplog):
    def away(*_):
        raise WeightsError("the weights cannot be fetched")

    newer = publish_another(store)
    monkeypatch.setattr(encoder, "prepare", away)
    live.refresh()
    assert version(live) == newer
    assert "is searched by id only: the weights cannot be fetched" in caplog.text


def test_a_later_version_whose_shard_is_damaged_is_never_swapped_in(live, store):
    broken = store.folder / "versions" / publish_another(store) / "shard"
    for path in broken.rglob("*"):
        if path.is_file() and path.stat().st_size:
            path.write_bytes(b"")
    live.refresh()
    assert version(live) == "v000001"


def test_searches_never_fail_while_versions_come_and_go(live, store):
    publish_another(store)
    failures, answers = [], set()
    end = threading.Event()

    def search():
        while not end.wait(0.001):
            try:
                with live.client() as client:
                    answers.add((client.manifest.version, len(client.similar("100", 6, probe="all"))))
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for at in range(12):
        store.publish(f"v00000{1 + at % 2}")
        live.refresh()
    end.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert answers == {("v000001", 6), ("v000002", 6)}


@pytest.fixture
def on_server(catalog, encoder, tmp_path):
    """A server's store, which deletes a version under the readers' feet."""
    server = QdrantClient(":memory:")
    store = ServerStore(Connection(server, "memory/shop", ServerOptions(parallel=1, lag=0.01)), "shop")
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, store, recipe=recipe, encoder=encoder, cache=tmp_path / "cache")
    yield store
    server.close()


def test_a_version_that_is_pruned_while_it_serves_fails_no_search(on_server, encoder):
    opened = LiveIndex(lambda: on_server, lambda _: encoder)
    opened.open()
    newer = publish_another(on_server)
    prune_versions(on_server, 1)
    assert opened.ask(lambda client: (client.manifest.version, len(client.similar("100")))) == (newer, 6)
    opened.close()


def test_a_search_is_not_asked_for_ever(live):
    asked = []

    def gone(client):
        asked.append(client)
        raise VersionGoneError("deleted")

    with pytest.raises(VersionGoneError):
        live.ask(gone)
    assert len(asked) == 2


def named(manifest, name, precision="fp32"):
    """The manifest of an index that a registered encoder built."""
    fingerprint = encoder_fingerprint(name, precision)
    spec = dataclasses.replace(manifest.encoder, name=name, precision=precision, fingerprint=fingerprint)
    return dataclasses.replace(manifest, encoder=spec)


def test_versions_with_one_encoder_share_it(store):
    resnet = named(store.open().manifest, "resnet50")
    shared = SharedEncoder()
    first = shared(resnet)
    assert first.spec == resnet.encoder
    assert shared(dataclasses.replace(resnet, version="v000002")) is first
    bf16 = named(resnet, "resnet50", "bf16")
    assert shared(bf16).spec.precision == "bf16"


def test_an_encoder_that_cannot_be_had_leaves_searches_by_id(store, tmp_path):
    manifest = store.open().manifest
    assert SharedEncoder()(manifest) is None
    other_weights = dataclasses.replace(manifest.encoder, name="resnet50")
    assert SharedEncoder()(dataclasses.replace(manifest, encoder=other_weights)) is None


def test_weights_that_are_not_those_of_the_index_are_refused_at_once(store, tmp_path):
    manifest = store.open().manifest
    checkpoint = tmp_path / "weights.pt"
    checkpoint.write_bytes(b"")
    with pytest.raises(ParameterError):
        SharedEncoder(checkpoint)(manifest)
    network = dataclasses.replace(manifest, encoder=dataclasses.replace(manifest.encoder, name="torchvision:resnet18"))
    with pytest.raises(WeightsError):
        SharedEncoder(checkpoint.with_name("none"))(network)
    with pytest.raises(IncompatibleError, match="encoder_fingerprint differs"):
        SharedEncoder(checkpoint)(network)


def test_a_version_whose_folder_is_gone_is_left_for_the_current_one(live, store):
    publish_another(store)
    shutil.rmtree(store.folder / "versions" / "v000001")
    # Searches by id read no file any more; what does is asked of the current version.
    with live.client() as client:
        assert client.similar("100")
    assert live.ask(lambda client: client.map().ids)
    assert version(live) == "v000002"


def test_an_end_does_not_wait_for_a_version_that_takes_long_to_open(live, store, monkeypatch):
    opening, go_on = threading.Event(), threading.Event()

    def slow():
        opening.set()
        go_on.wait(30)
        return "v000001"

    monkeypatch.setattr("likewise.search.service.live_index.PATIENCE", 0.05)
    monkeypatch.setattr("likewise.search.service.watch.PATIENCE", 0.05)
    monkeypatch.setattr(store, "current", slow)
    watch = Watch(live, 60.0)
    watch.start()
    assert opening.wait(10)
    begin = time.monotonic()
    watch.stop()
    live.close()
    assert time.monotonic() - begin < 5
    go_on.set()
