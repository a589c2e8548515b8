"""Our protocol in qdrant-client's qdrant_requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qdrant_client import models

from ....catalog.product import point_id
from ..base import Condition, Hit, Point, Query, Record
from .options import ServerOptions

DISTANCES = {"cosine": models.Distance.COSINE, "dot": models.Distance.DOT}

OVERSAMPLING = 2.0
"""Candidates per wanted hit that int8 search hands to the rescoring."""


def server_id(product_id: str) -> int | str:
    """A product's point id, as REST and gRPC both take it."""
    found = point_id(product_id)
    return found if isinstance(found, int) else str(found)


def point(source: Point) -> models.PointStruct:
    """A point for an upsert."""
    return models.PointStruct(id=server_id(source.id), vector=source.vector.tolist(), payload=dict(source.payload))


def filter_of(conditions: Sequence[Condition], exclude: Sequence[str] = ()) -> models.Filter | None:
    """All conditions as one filter, None without any."""
    if not conditions and not exclude:
        return None
    must: list[Any] = []
    must_not: list[Any] = []
    for condition in conditions:
        values = list(condition.values)
        match = models.MatchValue(value=values[0]) if len(values) == 1 else models.MatchAny(any=values)
        (must_not if condition.negated else must).append(models.FieldCondition(key=condition.key, match=match))
    if exclude:
        must_not.append(models.HasIdCondition(has_id=[server_id(name) for name in exclude]))
    return models.Filter(must=must or None, must_not=must_not or None)


def request(query: Query, *, rescore: bool) -> models.QueryRequest:
    """A search; `rescore` where the collection is quantized."""
    params = None
    if query.exact:
        # With whole vectors: an exact search leaves quantized ones aside.
        params = models.SearchParams(exact=True)
    elif rescore:
        quantization = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
        params = models.SearchParams(quantization=quantization)
    return models.QueryRequest(
        query=query.vector.tolist(),
        limit=query.limit,
        filter=filter_of(query.conditions, query.exclude),
        score_threshold=query.score_threshold,
        params=params,
        with_payload=True,
    )


def hits(points: Sequence[models.ScoredPoint]) -> list[Hit]:
    """Hits, best first."""
    return [Hit(found.payload["id"], float(found.score), found.payload) for found in points if found.payload]


def record(found: models.Record) -> Record:
    """A stored product."""
    payload = found.payload or {}
    vector = None if found.vector is None else np.asarray(found.vector, dtype=np.float32)
    return Record(payload["id"], payload, vector)


def layout(options: ServerOptions) -> dict[str, Any]:
    """What every collection of an index shares: how it is spread over a cluster."""
    return {
        "shard_number": options.shards,
        "replication_factor": options.replication_factor,
        "write_consistency_factor": options.write_consistency,
    }


def vectors(width: int, distance: str, options: ServerOptions) -> dict[str, Any]:
    """How a version keeps its vectors."""
    quantization = None
    if options.quantization == "int8":
        scalar = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
        quantization = models.ScalarQuantization(scalar=scalar)
    params = models.VectorParams(size=width, distance=DISTANCES[distance], on_disk=options.on_disk or None)
    return {"vectors_config": params, "quantization_config": quantization, "on_disk_payload": options.on_disk or None}


def strict_mode() -> models.StrictModeConfig:
    """Qdrant Cloud's own rule, everywhere: a filter without an index is an error, not a slow answer."""
    return models.StrictModeConfig(enabled=True, unindexed_filtering_retrieve=False, unindexed_filtering_update=False)
