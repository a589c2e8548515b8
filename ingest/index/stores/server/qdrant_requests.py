"""Points, searches and layouts in the words of qdrant-client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from ...filters import OneOf
from ...layout import Layout
from ...manifest import Manifest
from ..graphs import LINKS, PAYLOAD_LINKS, SCANNED_KB, candidates, effort
from ..points import Examples, Hit, Point, Query, Record
from .qdrant_filters import server_id
from .sizes import MAX_BYTES, NUMBER, PRODUCT
from .view import View, plain

DISTANCES = {"cosine": models.Distance.COSINE, "dot": models.Distance.DOT}

GRAPHS = 1
"""How many a server makes is its own business; an engine may be asked to make few, large ones."""

OVERSAMPLING = 2.0
"""Candidates per wanted hit that int8 search hands to the rescoring."""


def point(source: Point) -> models.PointStruct:
    """A point for an upsert."""
    return models.PointStruct(id=server_id(source.key), vector=source.vector.tolist(), payload=dict(source.payload))


def batches(points: Sequence[Point], most: int) -> Iterator[Sequence[Point]]:
    """Points in uploads of at most `most` points and about `MAX_BYTES`."""
    if points:
        largest = max(point.vector.size for point in points)
        size = max(1, min(most, MAX_BYTES // (largest * NUMBER + 2 * PRODUCT)))
        yield from (points[start : start + size] for start in range(0, len(points), size))


def request(query: Query, view: View, *, rescore: bool) -> models.QueryRequest:
    """A search of what a version sees; `rescore` where the collection is quantized."""
    if query.exact:
        # With whole vectors: an exact search leaves quantized ones aside.
        params = models.SearchParams(exact=True)
    else:
        oversampled = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
        params = models.SearchParams(
            hnsw_ef=effort(query.filter, GRAPHS), quantization=oversampled if rescore else None
        )
    return models.QueryRequest(
        query=_scored_by(query.vector, several=view.several),
        limit=query.limit,
        offset=query.offset or None,
        filter=view.admits(query.filter, query.exclude),
        score_threshold=query.least,
        params=params,
        with_payload=True,
        with_vector=query.with_vector,
    )


def _scored_by(target: NDArray[np.float32] | Examples, *, several: bool) -> models.Query:
    if not isinstance(target, Examples):
        return models.NearestQuery(nearest=[target.tolist()] if several else target.tolist())
    liked, disliked = ([[row] if several else row for row in rows.tolist()] for rows in (target.liked, target.disliked))
    strategy = models.RecommendStrategy(target.strategy)
    return models.RecommendQuery(
        recommend=models.RecommendInput(positive=liked, negative=disliked or None, strategy=strategy)
    )


def hits(query: Query, points: Sequence[models.ScoredPoint], id_key: str) -> list[Hit]:
    """Hits of a query, best first."""
    return [
        Hit(
            found.payload[id_key],
            query.similarity(float(found.score)),
            plain(found.payload),
            vector=np.asarray(found.vector, np.float32) if query.with_vector else None,
        )
        for found in points
        if found.payload
    ]


def record(id_key: str, found: models.Record) -> Record:
    """A stored product."""
    payload = plain(found.payload or {})
    vector = None if found.vector is None else np.asarray(found.vector, dtype=np.float32)
    return Record(payload[id_key], payload, vector)


def retrieve(
    collection: str, view: View, ids: Sequence[str], with_vector: bool, client: QdrantClient
) -> list[models.Record]:
    """What a version sees of the products with these ids, in any order."""
    if view.number is None:
        points = [server_id(name) for name in ids]
        return client.retrieve(collection, points, with_payload=True, with_vectors=with_vector)
    # What the points are called is the versions' business: one product has several of them, of which one is seen.
    seen = view.admits(OneOf(view.id_key, tuple(ids)))
    return client.scroll(collection, scroll_filter=seen, limit=len(ids), with_payload=True, with_vectors=with_vector)[0]


def delete(collection: str, chosen: models.PointsSelector, client: QdrantClient) -> None:
    """Remove points."""
    client.delete(collection, points_selector=chosen, wait=True)


def spread(layout: Layout) -> dict[str, Any]:
    """How a collection is spread over a cluster."""
    return {
        "shard_number": layout.shards,
        "replication_factor": layout.replication_factor,
        "write_consistency_factor": layout.write_consistency,
    }


def vectors(manifest: Manifest) -> dict[str, Any]:
    """How a version keeps its vectors."""
    layout, quantization, several = manifest.layout, None, None
    if manifest.several:
        several = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    if layout.quantization == "int8":
        scalar = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
        quantization = models.ScalarQuantization(scalar=scalar)
    params = models.VectorParams(
        size=manifest.vector_dim,
        distance=DISTANCES[manifest.distance],
        on_disk=layout.on_disk or None,
        multivector_config=several,
    )
    # Whether a graph lies on the disk goes with the vectors: searches read both.
    graph = models.HnswConfigDiff(
        m=LINKS,
        ef_construct=candidates(manifest.products),
        full_scan_threshold=SCANNED_KB,
        payload_m=PAYLOAD_LINKS,
        on_disk=layout.on_disk or None,
    )
    return {
        "vectors_config": params,
        "quantization_config": quantization,
        "on_disk_payload": layout.on_disk or None,
        "hnsw_config": graph,
    }


def layout_of(config: models.CollectionConfig) -> Layout:
    """The layout that a collection has."""
    params = config.params
    kept = params.vectors if isinstance(params.vectors, models.VectorParams) else None
    return Layout(
        shards=params.shard_number,
        replication_factor=params.replication_factor,
        write_consistency=params.write_consistency_factor,
        on_disk=bool(kept and kept.on_disk),
        quantization="int8" if config.quantization_config else "none",
    )


def strict_mode() -> models.StrictModeConfig:
    """Qdrant Cloud's own rule, everywhere: a filter without an index is an error, not a slow answer."""
    return models.StrictModeConfig(enabled=True, unindexed_filtering_retrieve=False, unindexed_filtering_update=False)
