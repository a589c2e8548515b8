"""A large version's files are read ahead of its searches, in the background, and nothing breaks where they vanish."""

import builtins
import io
import time
from pathlib import Path

import pytest

from likewise.ingest.index.stores.embedded import EmbeddedStore, reader, warming
from likewise.ingest.index.stores.embedded.warming import Warming


@pytest.fixture
def shard(tmp_path):
    for part in ("payload_storage", "vector_storage", "other"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "data").write_bytes(bytes(1000))
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    """Names of the files that are opened, in order."""
    names, before = [], io.open

    def noted(file, *arguments, **how):
        names.append(Path(file).parent.name)
        return before(file, *arguments, **how)

    monkeypatch.setattr(io, "open", noted)
    monkeypatch.setattr(builtins, "open", noted)
    return names


@pytest.mark.parametrize("moment", [0, 60])
def test_all_files_are_read_vectors_first(shard, opened, monkeypatch, moment):
    monkeypatch.setattr(warming, "AT_ONCE", moment)
    started = Warming(shard)
    started.start()
    started.start()
    started.join()
    assert opened == ["vector_storage", "payload_storage", "other"]


def test_no_more_is_read_than_memory_bears(shard, opened, monkeypatch):
    monkeypatch.setattr(warming, "MOST", 1000)
    started = Warming(shard)
    started.start()
    started.join()
    assert opened == ["vector_storage"]


def test_a_file_that_vanishes_is_passed_over(shard, opened, monkeypatch):
    listed = Warming._files
    monkeypatch.setattr(Warming, "_files", lambda self: [shard / "vector_storage" / "gone", *listed(self)])
    started = Warming(shard)
    started.start()
    started.join()
    assert opened[-1] == "other"


def test_closing_stops_it(shard, monkeypatch):
    def without_end(_):
        while time.sleep(0.001) is None:
            yield shard / "other" / "data"

    monkeypatch.setattr(warming, "AT_ONCE", 0)
    monkeypatch.setattr(Warming, "_files", without_end)
    started = Warming(shard)
    started.start()
    started.stop()
    started.join()


@pytest.mark.parametrize("large", [False, True])
def test_only_a_large_version_is_read_ahead(index, tmp_path, monkeypatch, large):
    begun = []
    monkeypatch.setattr(reader, "LARGE", 10 if large else 10**6)
    monkeypatch.setattr(Warming, "start", lambda self: begun.append(self))
    writer = EmbeddedStore(tmp_path / "index", create=True).begin(index.manifest, index.model)
    writer.upsert(index.points)
    with writer.commit(index.manifest).open() as version:
        version.warm()
    assert len(begun) == large
