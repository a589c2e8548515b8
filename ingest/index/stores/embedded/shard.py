"""A version's points in a Qdrant Edge shard: our protocol in its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from ....catalog import Schema, Value, point_id, quoted
from ....errors import StoreError
from ...filters import EVERYTHING, Filter, Scalar
from ...manifest import Manifest
from ..graphs import effort
from ..points import MAX_FACETS, Examples, Hit, Point, Query, Record
from .edge_filters import edge_filter
from .settings import YOUNG, config, payload_index, segments_for

UPSERT_BATCH = 1000

FEW = 4
"""Excluded ids up to which a search asks for so many more hits instead."""


class Shard:
    """A Qdrant Edge shard without write-ahead log, so that any number of processes can read it at once.

    Updates are durable only after `flush`; a version that was not committed is never opened, so nothing
    can be lost that was promised.
    """

    def __init__(self, shard: edge.EdgeShard, path: Path, manifest: Manifest, *, large: bool = False) -> None:
        self._shard = shard
        self._path = path
        self._large = large
        self._id = manifest.schema.key("id")
        self._cluster = manifest.schema.key("cluster")
        self._several = manifest.several

    @classmethod
    def create(
        cls, path: Path, manifest: Manifest, *, segments: int = 1 + YOUNG, indexed: bool = True, large: bool = False
    ) -> Shard:
        """A new shard for the points of a version.

        Args:
            path: of its folder, not yet there.
            manifest: of the version.
            segments: more than this many are merged when it is finished.
            indexed: whether it gets the payload indexes, in place before any point.
            large: whether its points are sorted by cluster.
        """
        path.mkdir(parents=True)
        settings = config(manifest, segments=segments, large=large)
        made = cls(edge.EdgeShard.create(str(path), settings), path, manifest, large=large)
        if indexed:
            made.index(manifest.schema)
        return made

    @classmethod
    def load(cls, path: Path, manifest: Manifest, *, segments: int | None = None, large: bool = False) -> Shard:
        """Open the existing shard of the version that a manifest describes.

        Args:
            path: of its folder.
            manifest: of the version.
            segments: given while the version is still built: the shard then gets today's settings, whatever release
                made its parent, and more segments than this many are merged when it is finished.
            large: whether its points are sorted by cluster.

        Raises:
            StoreError: the folder is missing or damaged.
        """
        try:
            # Settings that are given are written to the folder, which is not ours once a version is published.
            settings = [] if segments is None else [config(manifest, segments=segments, large=large)]
            return cls(edge.EdgeShard.load(str(path), *settings), path, manifest, large=large)
        except Exception as error:  # the bindings raise bare Exception for every failure
            raise StoreError(f"The shard {path} cannot be opened: {error}. Roll back to another version.") from error

    def index(self, schema: Schema, before: Schema | None = None) -> None:
        """Make the payload indexes of a schema, and drop those that only an earlier one had."""
        wanted, there = schema.indexes, {} if before is None else before.indexes
        for key in there.keys() - {key for key, kind in wanted.items() if there.get(key) == kind}:
            self._shard.update(edge.UpdateOperation.delete_field_index(quoted(key)))
        for key, kind in wanted.items():
            if there.get(key) != kind:
                made = payload_index(schema, key, large=self._large)
                self._shard.update(edge.UpdateOperation.create_field_index(quoted(key), made))

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""
        for start in range(0, len(points), UPSERT_BATCH):
            batch = [
                edge.Point(point_id(point.key), point.vector.tolist(), dict(point.payload))
                for point in points[start : start + UPSERT_BATCH]
            ]
            self._update(edge.UpdateOperation.upsert_points(batch))

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by key; vectors stay."""
        for key, payload in payloads.items():
            self._update(edge.UpdateOperation.overwrite_payload([point_id(key)], dict(payload)))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        self._update(edge.UpdateOperation.delete_points([point_id(key) for key in keys]))

    def _update(self, operation: edge.UpdateOperation) -> None:
        with self._written():
            self._shard.update(operation)

    def finish(self) -> None:
        """Merge and index what is worth it, and make all updates durable."""
        with self._written():
            self._shard.optimize()
            self._shard.flush()

    def flush(self) -> None:
        """Make all updates durable as they are."""
        with self._written():
            self._shard.flush()

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # as above
            raise StoreError(f"The shard {self._path} cannot be written: {error}.") from error

    def close(self) -> None:
        """Release the files."""
        self._shard.close()

    def count(self, where: Filter = EVERYTHING) -> int:
        """Exact number of points that the filter admits."""
        return self._shard.count(edge.CountRequest(filter=edge_filter(where)))

    def facet(self, key: str, where: Filter) -> dict[Scalar, int]:
        """Number of points that the filter admits for each value of an indexed key."""
        # What Edge calls exact is a count for each value, five times as dear. The other way errs while segments are
        # merged, which nobody does to a version that is opened.
        found = self._shard.facet(edge.FacetRequest(quoted(key), limit=MAX_FACETS, filter=edge_filter(where)))
        return {hit.value: hit.count for hit in found.hits}

    def extreme(self, key: str, where: Filter, *, largest: bool) -> Value | None:
        """The smallest or largest value of an indexed key with an order among the points that the filter admits."""
        direction = edge.Direction.Desc if largest else edge.Direction.Asc
        order = edge.OrderBy(quoted(key), direction)
        request = edge.ScrollRequest(limit=1, filter=edge_filter(where), with_payload=True, order_by=order)
        found, _ = self._shard.scroll(request)
        return found[0].payload[key] if found and found[0].payload else None

    def search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """Answer every query."""
        requests = [_request(query, several=self._several, tries=self._tries(query.filter)) for query in queries]
        if len(requests) == 1:
            return [self._hits(queries[0], self._shard.query(requests[0]))]
        answers = self._shard.query_batch(edge.QueryBatchRequest(requests))
        return [self._hits(query, points) for query, points in zip(queries, answers, strict=True)]

    def _tries(self, where: Filter) -> int:
        return effort(where, self._graphs, self._cluster, linked=self._linked)

    @cached_property
    def _graphs(self) -> int:
        # Not the segments that there are: those of updates are small, and do not take work off the large ones.
        return segments_for(self._shard.info().points_count)

    @cached_property
    def _linked(self) -> bool:
        """Whether the points of each cluster are; a version that was sorted can have become small since."""
        indexed = self._shard.info().payload_schema.get(self._cluster)
        return indexed is not None and indexed.params is not None and indexed.params.enable_hnsw is not False

    def retrieve(self, ids: Sequence[str], *, with_vector: bool) -> list[Record | None]:
        """Points by id, None where there is none."""
        found = self._shard.retrieve([point_id(name) for name in ids], with_payload=True, with_vector=with_vector)
        records = {record.id: record for record in map(self._record, found)}
        return [records.get(name) for name in ids]

    def scroll(self, where: Filter, *, with_vector: bool, batch: int) -> Iterator[Record]:
        """All points that the filter admits, by internal id."""
        offset = None
        while True:
            request = edge.ScrollRequest(
                offset=offset,
                limit=batch,
                filter=edge_filter(where),
                with_payload=True,
                with_vector=with_vector,
            )
            records, offset = self._shard.scroll(request)
            yield from map(self._record, records)
            if offset is None:
                return

    def _hits(self, query: Query, points: Sequence[edge.ScoredPoint]) -> list[Hit]:
        hits: list[Hit] = []
        for point in points:
            # Made anew each time it is read.
            payload = point.payload or {}
            if payload[self._id] in query.exclude:
                continue
            vector = np.asarray(point.vector, np.float32) if query.with_vector else None
            hits.append(Hit(payload[self._id], query.similarity(float(point.score)), payload, vector=vector))
        return hits[: query.limit]

    def _record(self, record: edge.Record) -> Record:
        payload = record.payload or {}
        vector = None if record.vector is None else np.asarray(record.vector, dtype=np.float32)
        return Record(payload[self._id], payload, vector)


def _request(query: Query, *, several: bool, tries: int) -> edge.QueryRequest:
    # A few are passed over faster than the engine leaves them out; behind an offset nobody knows how many came before.
    passed = len(query.exclude) if len(query.exclude) <= FEW and not query.offset else 0
    return edge.QueryRequest(
        limit=query.limit + passed,
        offset=query.offset or None,
        query=_scored_by(query.vector, several=several),
        filter=edge_filter(query.filter, () if passed else query.exclude),
        score_threshold=query.least,
        params=edge.SearchParams(exact=True) if query.exact else edge.SearchParams(tries),
        with_payload=True,
        with_vector=query.with_vector,
    )


def _scored_by(target: NDArray[np.float32] | Examples, *, several: bool) -> edge.Query:
    if not isinstance(target, Examples):
        vector = target.tolist()
        return edge.Query.Nearest([vector] if several else vector)
    liked, disliked = ([[row] if several else row for row in rows.tolist()] for rows in (target.liked, target.disliked))
    examples = edge.RecommendQuery(liked, disliked)
    if target.strategy == "best_score":
        return edge.Query.RecommendBestScore(examples)
    return edge.Query.RecommendSumScores(examples)
