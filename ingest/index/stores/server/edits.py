"""What a writer does to points: in a collection of its own, or beside the points of versions that are being read.

All of it may be sent twice: an answer can be lost after the work was done.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from qdrant_client import QdrantClient, models

from ...filters import Not, OneOf, Range
from ..points import Point
from . import qdrant_requests
from .connection import READ, Connection
from .qdrant_filters import selection, server_id
from .view import SINCE, UNTIL, View

_NAMESPACE = uuid.UUID("7d1f7a5e-6d0c-5f0e-9b1b-0c7f5a9e3d42")


class Edits(Protocol):
    """Changes of the points of one version; a call is one batch, and has arrived when it returns."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by key; vectors stay."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""


class OwnPoints:
    """The points of a version that has its collection to itself so far.

    Args:
        connection: to the server.
        collection: of the version.
        resumed: points that a killed predecessor wrote are not written again.
    """

    def __init__(self, connection: Connection, collection: str, *, resumed: bool = False) -> None:
        self._connection = connection
        self._collection = collection
        self._resumed = resumed

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""
        wanted = [qdrant_requests.point(source) for source in points]
        if self._resumed:
            ids = [point.id for point in wanted]
            there = self._connection.write(partial(_which, self._collection, ids), right=READ)
            wanted = [point for point in wanted if point.id not in there]
        if wanted:
            self._connection.write(partial(_upsert, self._collection, wanted))

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by key."""
        operations = [
            models.OverwritePayloadOperation(
                overwrite_payload=models.SetPayload(payload=dict(payload), points=[server_id(key)])
            )
            for key, payload in payloads.items()
        ]
        self._connection.write(
            lambda client: client.batch_update_points(self._collection, operations, wait=True),
        )

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points."""
        chosen = models.PointIdsList(points=[server_id(key) for key in keys])
        self._connection.write(partial(qdrant_requests.delete, self._collection, chosen))


class SharedPoints:
    """The points of an update, in the collection that older versions are read from.

    Args:
        connection: to the server.
        collection: that it shares.
        view: of the version that is written; no point there knows a higher number.
    """

    def __init__(self, connection: Connection, collection: str, view: View) -> None:
        self._connection = connection
        self._collection = collection
        self._view = view
        self._number = view.number or 0

    def upsert(self, points: Sequence[Point]) -> None:
        """End what the older versions see of these products, and put the new points beside it."""
        self._end([point.product_id for point in points])
        self._connection.write(partial(_upsert, self._collection, [self._point(point) for point in points]))

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """New points with the old vectors."""
        wanted = partial(qdrant_requests.retrieve, self._collection, self._view, list(payloads), True)
        records = [
            qdrant_requests.record(self._view.id_key, found) for found in self._connection.write(wanted, right=READ)
        ]
        points = [Point(each.id, each.id, each.point().vector, payloads[each.id]) for each in records]
        if points:
            self.upsert(points)

    def delete(self, keys: Sequence[str]) -> None:
        """End them; what this update itself has added goes."""
        self._end(keys)
        own = selection(OneOf(self._view.id_key, tuple(keys)), Range(SINCE, gte=self._number))
        self._connection.write(partial(qdrant_requests.delete, self._collection, models.FilterSelector(filter=own)))

    def _end(self, keys: Sequence[str]) -> None:
        number = self._number
        alive = selection(
            OneOf(self._view.id_key, tuple(keys)), Not(Range(UNTIL, lt=number)), Not(Range(SINCE, gte=number))
        )
        end = {UNTIL: number}
        self._connection.write(
            lambda client: client.set_payload(self._collection, payload=end, points=alive, wait=True)
        )

    def _point(self, source: Point) -> models.PointStruct:
        made = qdrant_requests.point(source)
        name = str(uuid.uuid5(_NAMESPACE, f"{self._number}/{source.key}"))
        return made.model_copy(update={"id": name, "payload": {**source.payload, SINCE: self._number}})


def edits(connection: Connection, collection: str, view: View, *, resumed: bool = False) -> Edits:
    """Those of a collection of its own, or with the number of an update those in a shared one."""
    if view.number is None:
        return OwnPoints(connection, collection, resumed=resumed)
    return SharedPoints(connection, collection, view)


def _which(collection: str, ids: Sequence[Any], client: QdrantClient) -> set[Any]:
    return {each.id for each in client.retrieve(collection, ids, with_payload=False, with_vectors=False)}


def _upsert(collection: str, points: list[models.PointStruct], client: QdrantClient) -> None:
    client.upsert(collection, points, wait=True)
