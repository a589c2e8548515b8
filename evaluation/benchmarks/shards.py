"""Shards of synthetic products, kept and searched exactly as those of an index in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from likewise.ingest.catalog import FASHION, quoted
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.index import Manifest, Point, Step
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.embedded.settings import DISTANCES, SEARCH_THREADS
from likewise.ingest.index.stores.embedded.shard import Shard

__all__ = ["Shard", "bare_shard", "earlier_shard", "folder_store", "make_shard", "used_mib"]


def make_shard(path: Path, points: Sequence[Point], distance: str, *, several: bool = False) -> Shard:
    """A finished shard of points whose payloads have an id and a cluster.

    Args:
        path: of it, not yet there.
        points: of it; their vectors are float32[d], or with `several` float32[m, d].
        distance: `cosine` or `dot`.
        several: whether a point has the vectors of several pictures.
    """
    width = points[0].vector.shape[-1]
    manifest = Manifest(
        encoder=EncoderSpec("none", "fp32", "0" * 16, (width,)),
        reducer=Step("none"),
        clusterer=Step("none"),
        index_dim=width,
        vector_dim=width,
        model_hash="",
        distance=distance,
        schema=FASHION,
        several=several,
    )
    shard = Shard.create(path, manifest)
    shard.upsert(points)
    shard.finish()
    return shard


def bare_shard(path: Path, manifest: Manifest) -> Shard:
    """An empty shard without payload indexes."""
    return Shard.create(path, manifest, indexed=False)


def earlier_shard(path: Path, manifest: Manifest) -> Shard:
    """An empty shard with the settings of release 0.1, which were those of the engine."""
    path.mkdir(parents=True)
    vectors = edge.EdgeVectorParams(size=manifest.vector_dim, distance=DISTANCES[manifest.distance])
    made = edge.EdgeShard.create(
        str(path), edge.EdgeConfig(vectors=vectors, wal_enabled=False, max_search_threads=SEARCH_THREADS)
    )
    for key, kind in manifest.schema.indexes.items():
        made.update(edge.UpdateOperation.create_field_index(quoted(key), _EARLIER[kind]()))
    return Shard(made, path, manifest)


_EARLIER: Mapping[str, Callable[[], Any]] = {
    "cluster": lambda: edge.KeywordIndexParams(is_tenant=True),
    "text": edge.KeywordIndexParams,
    "list": edge.KeywordIndexParams,
    "integer": edge.IntegerIndexParams,
    "float": edge.FloatIndexParams,
    "bool": edge.BoolIndexParams,
    "datetime": edge.DatetimeIndexParams,
}


def folder_store(folder: Path) -> EmbeddedStore:
    """A new store in a folder."""
    return EmbeddedStore(folder, create=True)


def used_mib(folder: Path) -> float:
    """What the files below a folder take on the disk; holes in them take nothing."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 2**20
