import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from likewise.ingest.errors import IncompatibleError, NotFoundError, StoreError
from likewise.ingest.index.stores import open_store
from likewise.ingest.index.stores.embedded import EmbeddedStore


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "index", create=True)


def test_a_folder_without_an_index_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(StoreError, match="likewise ingest CATALOG --store"):
        open_store(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_name_that_leaves_the_store_is_no_version(store, commit):
    commit(store)
    for name in ("../../etc", "v000001/../v000001", ".", "CURRENT"):
        with pytest.raises(NotFoundError):
            store.open(name)


def test_a_damaged_current_file_is_named(store, commit):
    commit(store)
    (store.folder / "CURRENT").write_text("../../evil\n")
    with pytest.raises(StoreError, match="evil"):
        store.open()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe"])
def test_a_damaged_manifest_is_named(store, commit, damage):
    version = commit(store)
    (store.folder / "versions" / version / "manifest.json").write_bytes(damage)
    with pytest.raises(StoreError, match=r"manifest\.json"):
        store.open()


def test_a_newer_format_is_refused_by_name(store, commit):
    path = store.folder / "versions" / commit(store) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(IncompatibleError, match="format differs"):
        store.open()


def test_an_altered_model_is_refused(store, commit):
    version = commit(store)
    path = store.folder / "versions" / version / "model" / "encoder.json"
    path.write_text(path.read_text().replace('"fp32"', '"bf16"'))
    with store.open() as reader, pytest.raises(IncompatibleError, match="model_hash differs"):
        reader.model()


@pytest.mark.parametrize("name", ["reducer.npz", "clusterer.json", "encoder.json"])
@pytest.mark.parametrize("keep", [0, 30])
def test_a_truncated_model_file_is_named(store, commit, name, keep):
    version = commit(store)
    os.truncate(store.folder / "versions" / version / "model" / name, keep)
    with store.open() as reader, pytest.raises(StoreError, match="model"):
        reader.model()


def test_what_a_killed_writer_left_is_removed_by_the_next(store, index, commit):
    leftover = store.folder / "building" / "v000001"
    (leftover / "shard").mkdir(parents=True)
    (leftover / "shard" / "half").write_bytes(b"x")
    assert commit(store) == "v000001"
    assert list((store.folder / "building").iterdir()) == []


@pytest.mark.slow
def test_four_processes_search_through_fifty_publishes(store, index, commit, tmp_path):
    """No search fails, and no result mixes two versions, while old versions are deleted."""
    stop = tmp_path / "stop"
    program = (
        "from pathlib import Path\n"
        "from likewise.search import SearchClient\n"
        "done, seen = 0, set()\n"
        f"while not Path({str(stop)!r}).exists():\n"
        f"    with SearchClient.open({str(store.folder)!r}) as client:\n"
        "        for _ in range(5):\n"
        "            hits = client.similar('0', 59, probe='all', include_self=True)\n"
        "            seasons = {hit.payload['season'] for hit in hits}\n"
        "            assert len(hits) == 59 and len(seasons) == 1, (len(hits), seasons)\n"
        "            assert client.get('3')['season'] in seasons\n"
        "            seen |= seasons; done += 1\n"
        "print(done, len(seen))\n"
    )
    publish_marked(store, index, index.points, 0)
    readers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    time.sleep(1.0)
    for number in range(1, 51):
        publish_marked(store, index, index.points, number)
        for old in store.versions()[:-2]:
            store.delete(old.name)
    stop.touch()
    found = [reader.communicate(timeout=60) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * 4, found
    for out, _ in found:
        searches, versions = map(int, out.split())
        assert searches >= 50
        assert versions >= 10


def publish_marked(store: EmbeddedStore, index, points, number: int) -> None:
    writer = store.begin(index.manifest, index.model)
    writer.upsert([dataclasses.replace(point, payload={**point.payload, "season": str(number)}) for point in points])
    writer.commit(index.manifest).publish()


def test_a_version_that_an_earlier_release_made_keeps_its_settings_and_its_successor_gets_todays_settings(
    store, commit
):
    settings = store.folder / "versions" / commit(store) / "shard" / "edge_config.json"
    earlier = {name: value for name, value in json.loads(settings.read_text("utf-8")).items() if "threads" not in name}
    settings.write_text(json.dumps(earlier), "utf-8")
    with store.open() as reader:
        assert reader.count() > 0
        manifest = reader.manifest
        following = store.begin(manifest, reader.model(), parent=reader.version).commit(manifest)
    assert "max_search_threads" not in json.loads(settings.read_text("utf-8"))
    built = store.folder / "versions" / following.version / "shard" / "edge_config.json"
    assert json.loads(built.read_text("utf-8"))["max_search_threads"] == 1
