"""Shards of synthetic products, kept and searched exactly as those of an index in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from likewise.ingest.catalog import FASHION
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.index import Manifest, Point, Step
from likewise.ingest.index.stores.embedded.shard import Shard

__all__ = ["Shard", "make_shard"]


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
