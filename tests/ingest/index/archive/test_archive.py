import dataclasses
import random
import zipfile
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import IncompatibleError, LikewiseError, NotFoundError, StoreError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores import Point
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.progress import Silent

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


@pytest.fixture
def exported(any_store, catalog, encoder, tmp_path):
    ingest(catalog, any_store, recipe=RECIPE, encoder=encoder, cache=tmp_path / "cache")
    with any_store.open() as reader:
        export_version(reader, tmp_path / "shop.likewise", Silent())
    return tmp_path / "shop.likewise"


@pytest.fixture
def client():
    client = QdrantClient(":memory:")
    yield client
    client.close()


def in_memory(name="other", client=None):
    client = client or QdrantClient(":memory:")
    return ServerStore(Connection(client, f"memory/{name}", ServerOptions(parallel=1, lag=0.01)), name)


def everything(reader):
    records = {record.id: (record.payload, record.vector.tobytes()) for record in reader.scroll(with_vector=True)}
    return records, reader.model().hash, {name: reader.attachment(name) for name in reader.attachments()}


@pytest.mark.parametrize("target", ["embedded", "memory"])
def test_a_restored_index_is_identical_whatever_the_store(any_store, exported, tmp_path, target):
    other = EmbeddedStore(tmp_path / "other", create=True) if target == "embedded" else in_memory()
    version = restore_version(other, exported, Silent())
    assert other.current() is None
    with any_store.open() as old, other.open(version) as new:
        found, expected = everything(new), everything(old)
        assert found[1:] == expected[1:]
        assert found[0].keys() == expected[0].keys()
        for name, (payload, vector) in expected[0].items():
            assert found[0][name][0] == payload
            if target == "embedded":
                assert found[0][name][1] == vector
            else:
                # In-memory qdrant-client divides by the length also where that is 1; a server does not.
                each = [np.frombuffer(data, np.float32) for data in (found[0][name][1], vector)]
                np.testing.assert_allclose(*each, atol=2e-7)
        same = (
            "model_hash",
            "catalog_fingerprint",
            "products",
            "clusters",
            "encoder",
            "reducer",
            "schema",
            "capabilities",
        )
        for name in same:
            assert getattr(new.manifest, name) == getattr(old.manifest, name)
        assert new.manifest.catalog == ""


@pytest.mark.parametrize("change", ["removed", "relabelled"])
def test_an_export_during_an_update_is_of_what_was_published(exported, client, tmp_path, change):
    store = in_memory("shop", client)
    version = restore_version(store, exported, Silent())
    backups = [tmp_path / "before.likewise", tmp_path / "during.likewise"]
    with store.open(version) as reader, ExitStack() as end:
        export_version(reader, backups[0], Silent())
        record = next(iter(reader.scroll()))
        writer = store.begin(reader.manifest, reader.model(), parent=version, share=0.05)
        end.callback(writer.abort)
        if change == "removed":
            writer.delete([record.id])
        else:
            writer.replace_payloads({record.id: {**record.payload, "gender": "Unisex"}})
            writer.flush()
        export_version(reader, backups[1], Silent())
    before, during = ({name: data for name, data in entries(file) if name.startswith("points/")} for file in backups)
    assert before == during


def test_an_export_of_a_version_that_lacks_products_is_refused_and_leaves_no_file(exported, client, tmp_path):
    store = in_memory("shop", client)
    version = restore_version(store, exported, Silent())
    with store.open(version) as reader:
        client.delete(f"shop.{version}", [next(iter(client.scroll(f"shop.{version}")[0])).id])
        with pytest.raises(StoreError, match="the store is damaged"):
            export_version(reader, tmp_path / "nightly.likewise", Silent())
    assert [path.name for path in tmp_path.iterdir() if "nightly" in path.name] == []


def entries(file):
    with zipfile.ZipFile(file) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_an_archive_holds_no_path_of_the_machine(exported, tmp_path):
    with zipfile.ZipFile(exported) as archive:
        for name in archive.namelist():
            assert str(tmp_path).encode() not in archive.read(name)


def test_any_altered_or_missing_byte_is_refused(exported, tmp_path):
    data = exported.read_bytes()
    rng = random.Random(3)
    store = EmbeddedStore(tmp_path / "other", create=True)
    damaged = tmp_path / "damaged"
    for _ in range(100):
        at = rng.randrange(len(data))
        damaged.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
        with pytest.raises(StoreError, match="altered"):
            restore_version(store, damaged, Silent())
    for size in (0, 10, 64, len(data) // 2, len(data) - 1):
        damaged.write_bytes(data[:size])
        with pytest.raises(StoreError):
            restore_version(store, damaged, Silent())
    assert store.versions() == []


def test_another_file_than_the_expected_one_is_refused(exported, tmp_path, sha256):
    store = EmbeddedStore(tmp_path / "other", create=True)
    with pytest.raises(StoreError, match="not the file"):
        restore_version(store, exported, Silent(), sha256="0" * 64)
    restore_version(store, exported, Silent(), sha256=sha256(exported.read_bytes()))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda e: {**e, "../../evil": b"x"}, "no export writes"),
        (lambda e: {**e, "/etc/passwd": b"x"}, "no export writes"),
        (lambda e: {**e, "model/../../evil": b"x"}, "no export writes"),
        (lambda e: {name: data for name, data in e.items() if name != "manifest.json"}, r"no manifest\.json"),
        (lambda e: {name: data for name, data in e.items() if not name.endswith(".f32")}, r"no points/000000\.f32"),
        (lambda e: {**e, "points/000000.f32": e["points/000000.f32"][:-4]}, "damaged"),
        (lambda e: {**e, "points/000000.f32": e["points/000000.f32"] + b"\0" * 4}, "damaged"),
        (
            lambda e: {**e, "points/000000.jsonl": e["points/000000.jsonl"].replace(b'"Men"', b"{}")},
            "no value of a column",
        ),
        (
            lambda e: {**e, "points/000000.jsonl": e["points/000000.jsonl"].replace(b'"Men"', b"[[]]")},
            "no value of a column",
        ),
        (lambda e: {**e, "attachments/manifest.json": b"{}"}, "cannot be attached"),
        (lambda e: {**e, "points/000000.jsonl": b"{}\n" * 48}, "damaged"),
        (lambda e: {**e, "points/000000.jsonl": b"[" * 100_000 + b"\n"}, "damaged"),
        (lambda e: {**e, "points/000000.f32": b"\xff" * len(e["points/000000.f32"])}, "not finite"),
        (lambda e: {**e, "manifest.json": e["manifest.json"].replace(b'"products": 48', b'"products": 47')}, "48"),
        (lambda e: {**e, "manifest.json": b"{}"}, "damaged"),
        (lambda e: {**e, "manifest.json": b"\xff\xfe"}, "not text"),
        (lambda e: {**e, "manifest.json": b"not JSON"}, "damaged"),
        (
            lambda e: {**e, "manifest.json": e["manifest.json"].replace(b'"index_dim": 8', b'"index_dim": 7')},
            "not the one",
        ),
        (lambda e: {**e, "model/reducer.npz": b"PK"}, "cannot be read"),
        (lambda e: {**e, "model/reducer.json": e["model/reducer.json"].replace(b'"pca"', b'"os"')}, "os"),
    ],
)
def test_a_forged_archive_is_refused_and_leaves_nothing(exported, tmp_path, forge, change, error):
    store = EmbeddedStore(tmp_path / "other", create=True)
    forge(exported, tmp_path / "forged", change)
    with pytest.raises(LikewiseError, match=error):
        restore_version(store, tmp_path / "forged", Silent())
    assert store.versions() == []
    assert sorted(path.name for path in (tmp_path / "other").glob("building/*")) == []


def test_a_stranger_does_not_say_where_pictures_are_read_from(exported, tmp_path, forge):
    """With the catalog "/", a contact sheet of the restored index would draw any picture of this machine."""

    def elsewhere(entries):
        manifest = entries["manifest.json"].replace(b'"catalog": ""', b'"catalog": "/"')
        assert manifest != entries["manifest.json"]
        return {**entries, "manifest.json": manifest.replace(b'"parent": null', b'"parent": "v000007"')}

    forge(exported, tmp_path / "forged", elsewhere)
    store = EmbeddedStore(tmp_path / "other", create=True)
    with store.open(restore_version(store, tmp_path / "forged", Silent())) as reader:
        assert (reader.manifest.catalog, reader.manifest.parent) == ("", None)


def test_another_format_is_named(exported, tmp_path, forge):
    forge(
        exported, tmp_path / "f", lambda e: {**e, "manifest.json": e["manifest.json"].replace(b'mat": 3', b'mat": 9')}
    )
    with pytest.raises(IncompatibleError, match="format"):
        restore_version(in_memory(), tmp_path / "f", Silent())


def test_no_file_no_traceback(tmp_path):
    with pytest.raises(NotFoundError, match=r"nothing\.likewise"):
        restore_version(in_memory(), tmp_path / "nothing.likewise", Silent())
    (tmp_path / "text").write_text("x" * 1000)
    with pytest.raises(StoreError, match="altered"):
        restore_version(in_memory(), tmp_path / "text", Silent())


def test_a_file_that_cannot_be_written_is_named(any_store, exported, tmp_path):
    with any_store.open() as reader, pytest.raises(StoreError, match="cannot be written"):
        export_version(reader, tmp_path / "nowhere" / "x", Silent())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(TEXT, min_size=1, max_size=8, unique=True), value=TEXT)
def test_any_text_survives_export_and_restore(exported, any_store, tmp_path_factory, names, value):
    folder = tmp_path_factory.mktemp("texts")
    with any_store.open() as reader:
        manifest, model = reader.manifest, reader.model()
    vector = np.eye(8, dtype=np.float32)[0]
    source, target = EmbeddedStore(folder / "a", create=True), EmbeddedStore(folder / "b", create=True)
    manifest = dataclasses.replace(manifest, products=len(names), clusters={"0": len(names)}, catalog_fingerprint="")
    writer = source.begin(manifest, model)
    writer.upsert(
        [Point(name, name, vector, {"id": name, "productDisplayName": value, "cluster": "0"}) for name in names]
    )
    with writer.commit(manifest).open() as old:
        export_version(old, folder / "x", Silent())
        with target.open(restore_version(target, folder / "x", Silent())) as new:
            assert everything(new)[0] == everything(old)[0]
