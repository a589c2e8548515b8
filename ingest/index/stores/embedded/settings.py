"""How Qdrant Edge keeps and searches a version: parameters chosen by measurement, see `likewise bench million`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from ....catalog import Schema
from ....threads import thread_count
from ...manifest import Manifest
from ..graphs import CANDIDATES, CANDIDATES_OF_MANY, LINKS, PAYLOAD_LINKS, SCANNED_KB

DISTANCES = {"cosine": edge.Distance.Cosine, "dot": edge.Distance.Dot}

SEGMENT = 125_000
"""Points that a segment is to have in a large shard. A search without a filter asks every segment in turn, so that they
are few; but a graph of a million takes three times the work of small ones, and a search with two filters reads all
points of a segment that meet one of them."""

YOUNG = 4
"""Segments beyond those of a build, for what updates bring, before the engine merges the smallest ones."""

DELETED = 0.3
"""Share of a segment's points that may be deleted before it is written anew."""

SEARCH_THREADS = 1
"""One is the thread that asks. With more, each search is handed over, and those that wait for it spin: at 6,685
products that takes twice the processor time and half as long again, and at 200,000 still more of both."""

GRAPH_THREADS = 8
"""At most, for making a graph; by itself the engine takes one of two cores."""

UNBOUNDED_KB = 10**12
"""Of a segment's vectors; by itself the engine merges up to 250 MB for each thread."""

COLD = edge.Memory.Cold
"""Pages of the files, which are read when they are needed: opening reads next to nothing."""


def config(manifest: Manifest, *, segments: int, large: bool) -> edge.EdgeConfig:
    """The settings of a shard of a version.

    Args:
        manifest: of the version.
        segments: more than this many are merged by `optimize`; with 1 however large they are.
        large: whether its points are sorted by cluster.
    """
    several = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim) if manifest.several else None
    vectors = edge.EdgeVectorParams(
        size=manifest.vector_dim,
        distance=DISTANCES[manifest.distance],
        multivector_config=several,
        memory=COLD,
    )
    return edge.EdgeConfig(
        vectors=vectors,
        hnsw_config=edge.HnswIndexConfig(
            LINKS,
            CANDIDATES_OF_MANY if large else CANDIDATES,
            SCANNED_KB,
            min(thread_count(), GRAPH_THREADS),
            payload_m=PAYLOAD_LINKS,
            memory=COLD,
        ),
        optimizers=edge.EdgeOptimizersConfig(
            default_segment_number=segments,
            deleted_threshold=DELETED,
            max_segment_size=UNBOUNDED_KB if segments == 1 else None,
        ),
        wal_enabled=False,
        max_search_threads=SEARCH_THREADS,
        payload_memory=COLD,
        id_tracker_memory=COLD,
    )


def is_of_today(shard: Path) -> bool:
    """Whether a shard in this folder is one that today's release has sorted."""
    try:
        made = json.loads((shard / "edge_config.json").read_text("utf-8")).get("hnsw_config") or {}
    except (OSError, ValueError, AttributeError):
        return False
    wanted = {
        "m": LINKS,
        "ef_construct": CANDIDATES_OF_MANY,
        "full_scan_threshold": SCANNED_KB,
        "payload_m": PAYLOAD_LINKS,
    }
    return isinstance(made, dict) and {name: made.get(name) for name in wanted} == wanted


def segments_for(points: int) -> int:
    """Segments that so many points are built into."""
    return max(1, round(points / SEGMENT))


def payload_index(schema: Schema, key: str, *, large: bool) -> Any:  # noqa: ANN401 - one of six classes without a common base
    """The payload index of a key that a filter can name.

    A graph searched with a filter falls apart into islands unless points with equal values are linked as well, which
    costs as much as the graph itself for each key. A picture's hash is scarcely ever shared. In a `large` shard, which
    is sorted by cluster, what lies in one is linked anyway.
    """
    kind = schema.indexes[key]
    linked = key != schema.key("content") and not (large and key == schema.key("cluster"))
    return _INDEXES[kind](enable_hnsw=None if linked else False, memory=COLD)


_INDEXES: Mapping[str, Callable[..., Any]] = {
    "cluster": lambda **how: edge.KeywordIndexParams(is_tenant=True, **how),
    "text": edge.KeywordIndexParams,
    "list": edge.KeywordIndexParams,
    "integer": edge.IntegerIndexParams,
    "float": edge.FloatIndexParams,
    "bool": edge.BoolIndexParams,
    "datetime": edge.DatetimeIndexParams,
}
"""Kind of a payload index to how it is made."""
