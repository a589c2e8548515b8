"""Large versions of a folder: sorted by cluster, a segment for each few of them, and found as in a small one."""

import dataclasses
import json
import pickle
import shutil
import signal
import subprocess
import sys
from collections import Counter, namedtuple

import numpy as np
import pytest
import qdrant_edge as edge

from likewise.ingest.errors import StoreError
from likewise.ingest.index.filters import OneOf
from likewise.ingest.index.stores import Query
from likewise.ingest.index.stores.embedded import EmbeddedStore, growing, parts, settings
from likewise.ingest.index.stores.embedded import shard as shards

N = 400


@pytest.fixture(scope="module")
def large(make_index):
    return make_index(n=N)


@pytest.fixture
def small_sizes(monkeypatch):
    """A shard of a hundred points is large."""
    monkeypatch.setattr(growing, "LARGE", 100)
    monkeypatch.setattr(parts, "FULL", 40)
    monkeypatch.setattr(parts, "OPEN", 90)
    monkeypatch.setattr(settings, "SEGMENT", 130)


@pytest.fixture
def store(tmp_path, small_sizes):
    return EmbeddedStore(tmp_path / "index", create=True)


def write(store, index, points=None, *, block=37):
    points = index.points if points is None else points
    writer = store.begin(index.manifest, index.model)
    for start in range(0, len(points), block):
        writer.upsert(points[start : start + block])
    return writer


def segments(store, version, tmp_path):
    """Points of each segment of a version, by cluster; the empty one is left out."""
    shutil.copytree(store.folder / "versions" / version / "shard", tmp_path / "look")
    found = []
    for path in sorted((tmp_path / "look" / "segments").iterdir()):
        alone = tmp_path / "alone"
        (alone / "segments").mkdir(parents=True)
        shutil.copy(tmp_path / "look" / "edge_config.json", alone)
        path.rename(alone / "segments" / path.name)
        shard = edge.EdgeShard.load(str(alone))
        records, _ = shard.scroll(edge.ScrollRequest(limit=N, with_payload=True))
        shard.close()
        shutil.rmtree(alone)
        if records:
            found.append(Counter(record.payload["cluster"] for record in records))
    shutil.rmtree(tmp_path / "look")
    return found


def assert_holds(reader, points):
    records = {record.id: record for record in reader.scroll(with_vector=True)}
    assert records.keys() == {point.key for point in points}
    assert reader.count() == len(points)
    for point in points:
        assert records[point.key].payload == point.payload
        np.testing.assert_allclose(records[point.key].vector, point.vector, atol=1e-6)


def assert_searches(reader, points):
    """What is found is what comparing with every point finds, with and without filters."""
    vectors = np.stack([point.vector for point in points])
    for at in range(0, len(points), 37):
        scores = vectors @ vectors[at]
        for where in ({}, {"cluster": points[at].payload["cluster"]}, {"gender": "Men", "baseColour": "Red"}):
            own = [
                each for each, point in enumerate(points)
                if all(point.payload[key] == value for key, value in where.items())
            ]  # fmt: skip
            best = sorted(own, key=lambda each: -scores[each])[:6]
            tree = settings_filter(where)
            for exact in (True, False):
                (hits,) = reader.search([Query(points[at].vector, 6, tree, exact=exact)])
                np.testing.assert_allclose([hit.score for hit in hits], scores[best], atol=1e-5)


def settings_filter(where):
    from likewise.ingest.index.filters import both

    return both(*(OneOf(key, (value,)) for key, value in where.items()))


def test_a_cluster_lies_in_one_segment(store, large, tmp_path):
    version = write(store, large).commit(large.manifest).version
    found = segments(store, version, tmp_path)
    assert len(found) == round(N / settings.SEGMENT) == 3
    assert sum(found, Counter()) == Counter(large.manifest.clusters)
    assert all(len([1 for each in found if cluster in each]) == 1 for cluster in large.manifest.clusters)
    with store.open(version) as reader:
        assert_holds(reader, large.points)
        assert_searches(reader, large.points)
        assert reader.facet("cluster") == large.manifest.clusters


def test_a_huge_cluster_has_several_segments(store, large, tmp_path):
    points = [dataclasses.replace(point, payload={**point.payload, "cluster": "0"}) for point in large.points]
    version = write(store, large, points).commit(large.manifest).version
    assert sorted(each["0"] for each in segments(store, version, tmp_path)) == pytest.approx([133] * 3, abs=40)


def test_a_search_tries_less_only_where_the_points_of_a_cluster_are_linked(store, large, index, monkeypatch):
    """By what the shard says: a version that was sorted and has lost most of its products is none of the small ones."""
    linked = []

    def noted(*_, **how):
        linked.append(how["linked"])
        return 64

    monkeypatch.setattr(shards, "effort", noted)
    small = write(store, index).commit(index.manifest).version
    sorted_once = write(store, large).commit(large.manifest).version
    writer = store.begin(large.manifest, large.model, parent=sorted_once)
    writer.delete([point.key for point in large.points[20:]])
    shrunk = writer.commit(dataclasses.replace(large.manifest, products=20)).version
    for version in (small, sorted_once, shrunk):
        with store.open(version) as reader:
            reader.search([Query(large.points[0].vector, 6)])
    assert linked == [True, False, False]


def test_a_small_version_is_one_segment(store, index, tmp_path):
    version = write(store, index).commit(index.manifest).version
    assert len(segments(store, version, tmp_path)) == 1
    assert not (store.folder / "building").exists() or not list((store.folder / "building").iterdir())


def test_a_point_with_pictures_in_several_clusters_is_found_in_each(store, large):
    points = list(large.points)
    points[5] = dataclasses.replace(points[5], payload={**points[5].payload, "cluster": ["0", "2"]})
    with write(store, large, points).commit(large.manifest).open() as reader:
        for cluster in ("0", "2"):
            (hits,) = reader.search([Query(points[5].vector, 1, OneOf("cluster", (cluster,)))])
            assert hits[0].id == points[5].key
        (hits,) = reader.search([Query(points[5].vector, 1, OneOf("cluster", ("1",)))])
        assert hits[0].id != points[5].key


def test_of_a_point_that_is_written_twice_the_later_one_counts(store, large):
    """Also where it has come into another cluster, or was removed in between."""
    writer = write(store, large)
    moved = [
        dataclasses.replace(point, payload={**point.payload, "cluster": str((int(point.payload["cluster"]) + 1) % 3)})
        for point in large.points[:50]
    ]
    writer.upsert(moved)
    writer.delete([point.key for point in large.points[40:60]])
    writer.upsert(large.points[45:60])
    expected = [*moved[:40], *large.points[45:]]
    manifest = dataclasses.replace(large.manifest, products=len(expected))
    with writer.commit(manifest).open() as reader:
        assert_holds(reader, expected)


def test_payloads_are_replaced_wherever_a_point_is(store, large):
    writer = write(store, large)
    changed = {point.key: {**point.payload, "gender": "Unisex"} for point in large.points[::10]}
    writer.replace_payloads({**changed})
    with writer.commit(large.manifest).open() as reader:
        assert reader.count(OneOf("gender", ("Unisex",))) == len(changed)
        assert_holds(reader, [dataclasses.replace(p, payload=changed.get(p.key, p.payload)) for p in large.points])


def test_updates_of_a_large_version(store, large, tmp_path):
    """Again and again: what is found stays right, and segments do not multiply."""
    version = write(store, large).commit(large.manifest).version
    points = {point.key: point for point in large.points}
    rng = np.random.default_rng(3)
    for turn in range(6):
        writer = store.begin(large.manifest, large.model, parent=version)
        keys = sorted(points)
        changed = [points[key] for key in rng.choice(keys, 40, replace=False)]
        changed = [dataclasses.replace(p, payload={**p.payload, "baseColour": f"c{turn}"}) for p in changed]
        writer.upsert(changed)
        points |= {point.key: point for point in changed}
        gone = [str(key) for key in rng.choice(keys, 5, replace=False)]
        writer.delete(gone)
        for key in gone:
            del points[key]
        version = writer.commit(dataclasses.replace(large.manifest, products=len(points))).version
        with store.open(version) as reader:
            assert_holds(reader, list(points.values()))
            assert_searches(reader, list(points.values()))
    assert len(segments(store, version, tmp_path)) <= round(N / settings.SEGMENT) + settings.YOUNG


def test_an_update_that_is_large_itself(store, large, index):
    """Its products were there, were there and removed before they came again, or are new."""
    version = write(store, index).commit(index.manifest).version
    writer = store.begin(large.manifest, large.model, parent=version)
    writer.upsert(large.points[60:200])
    writer.delete([point.key for point in large.points[:30]])
    for start in range(0, N, 37):
        writer.upsert(large.points[start : start + 37])
    with writer.commit(large.manifest).open() as reader:
        assert_holds(reader, large.points)
        assert_searches(reader, large.points)


def test_a_large_version_of_an_earlier_release_is_sorted_by_its_successor(store, large, tmp_path, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(growing, "LARGE", 10**9)
        version = write(store, large).commit(large.manifest).version
    assert len(segments(store, version, tmp_path)) == 1
    path = store.folder / "versions" / version / "shard" / "edge_config.json"
    made = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({name: value for name, value in made.items() if name != "hnsw_config"}), "utf-8")
    earlier = path.read_bytes()
    writer = store.begin(large.manifest, large.model, parent=version)
    with writer.commit(large.manifest).open() as reader:
        assert_holds(reader, large.points)
        following = reader.version
    assert len(segments(store, following, tmp_path)) == 3
    assert path.read_bytes() == earlier


def test_other_processes_points_are_sorted_too(store, large, tmp_path):
    writer = store.begin(large.manifest, large.model)
    writer.sink().upsert(large.points[:200])
    writer.sink().upsert(large.points[150:])
    version = writer.commit(large.manifest).version
    assert len(segments(store, version, tmp_path)) == 3
    with store.open(version) as reader:
        assert_holds(reader, large.points)


def test_the_segments_of_updates_do_not_make_searches_try_less(store, large, monkeypatch):
    asked = []

    def effort(where, graphs, *how, **more):
        asked.append(graphs)
        return graphs_effort(where, graphs, *how, **more)

    graphs_effort = shards.effort
    monkeypatch.setattr(shards, "effort", effort)
    version, query = write(store, large).commit(large.manifest).version, Query(large.points[0].vector, 6)
    for _ in range(3):
        with store.open(version) as reader:
            reader.search([query])
        writer = store.begin(large.manifest, large.model, parent=version)
        writer.upsert(large.points[:9])
        version = writer.commit(large.manifest).version
    assert asked == [3, 3, 3]


def test_nothing_is_left_of_a_build_that_fails(store, large):
    writer = write(store, large)
    with pytest.raises(StoreError, match="expected"):
        writer.commit(dataclasses.replace(large.manifest, products=N + 1))
    assert list((store.folder / "building").iterdir()) == []
    assert store.versions() == []
    write(store, large).abort()
    assert list((store.folder / "building").iterdir()) == []


KILLED = """
import os, pickle, signal, sys
from likewise.ingest.index.stores.embedded import EmbeddedStore, growing
growing.LARGE = 100
at, merge = int(sys.argv[2]), growing.GrowingShard._press
def press(self, parts):
    global at
    at -= 1
    merge(self, parts)
    if not at:
        os.kill(os.getpid(), signal.SIGKILL)
growing.GrowingShard._press = press
growing.segments_for.__globals__["SEGMENT"] = 130
manifest, model, points = pickle.load(sys.stdin.buffer)
writer = EmbeddedStore(__import__("pathlib").Path(sys.argv[1])).begin(manifest, model)
writer.upsert(points)
writer.commit(manifest)
"""


@pytest.mark.parametrize("at", [1, 2])
def test_nothing_is_left_of_a_build_that_is_killed_between_its_segments(store, index, large, at):
    before = write(store, index).commit(index.manifest).version
    store.publish(before)
    left = subprocess.run(
        [sys.executable, "-c", KILLED, store.folder, str(at)],
        input=pickle.dumps((large.manifest, large.model, large.points)),
        check=False,
    )
    assert left.returncode == -signal.SIGKILL
    assert [each.name for each in store.versions()] == [before]
    with store.open() as reader:
        assert_holds(reader, index.points)
    assert list((store.folder / "building").iterdir()) != []
    with write(store, large).commit(large.manifest).open() as reader:
        assert_holds(reader, large.points)
    assert list((store.folder / "building").iterdir()) == []


def test_a_full_disk_is_told_before_the_engine_meets_it(store, large, monkeypatch):
    writer = write(store, large)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "total used free")(1, 1, 0))
    with pytest.raises(StoreError, match="MiB left"):
        writer.commit(large.manifest)
    assert list((store.folder / "building").iterdir()) == []


def test_a_version_is_whole_as_soon_as_it_is_seen(store, large):
    """What is moved into a shard lies in `building/` until the version is complete."""
    version = write(store, large).commit(large.manifest).version
    assert sorted(path.name for path in (store.folder / "versions" / version).iterdir()) == [
        "manifest.json", "model", "shard",
    ]  # fmt: skip
