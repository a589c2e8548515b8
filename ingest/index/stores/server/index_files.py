"""The collection beside the versions: files in pieces, the publish history, the counter of versions, the leases."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from qdrant_client import QdrantClient, models

from ....errors import StoreError
from .connection import READ, Connection, is_missing
from .qdrant_requests import spread, strict_mode

PIECE = 2**20
"""Bytes of a file in one point: well under any server's limit on a request."""

MAX_FILE = 2**30
MAX_FILES = 64

_NAMESPACE = uuid.UUID("0f0c9c52-53c5-5b0e-8a5a-3e2c5f1f1b77")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?")

FileTable = list[dict[str, Any]]
"""`[{"name": …, "size": bytes, "sha256": …}]`, kept with a version in the metadata of its collection."""


class IndexFiles:
    """What belongs to no single version of the index `name`."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.collection = f"{name}.index"
        self._created = False

    def create(self) -> None:
        """Make the collection with its indexes; harmless when it is there, and asked for once in a process."""
        if self._created:
            return

        def create(client: QdrantClient) -> None:
            if not client.collection_exists(self.collection):
                try:
                    client.create_collection(
                        self.collection,
                        vectors_config={},
                        strict_mode_config=strict_mode(),
                        # Not the write consistency of versions: a rollback has to work while a node is down.
                        **{**spread(self.connection.options.layout), "write_consistency_factor": None},
                    )
                except Exception:
                    # Another process, or our own request whose answer was lost, may have been first.
                    if not client.collection_exists(self.collection):
                        raise
            for key, kind in (
                ("version", models.PayloadSchemaType.KEYWORD),
                ("holder", models.PayloadSchemaType.KEYWORD),
                ("expires", models.PayloadSchemaType.FLOAT),
            ):
                client.create_payload_index(self.collection, key, field_schema=kind, wait=True)

        self.connection.write(create, right=f"manage {self.collection}")
        self._created = True

    def exists(self) -> bool:
        """Whether the index was ever written."""
        return self.connection.read(lambda client: client.collection_exists(self.collection))

    def history(self) -> list[str]:
        """Published versions, newest first, as the last publish wrote them."""
        payload = self.get(point_of("history"))
        names = payload.get("versions", []) if payload else []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise StoreError(f"{self.connection.where}: the publish history is damaged; publish a version again.")
        return names

    def write_history(self, names: Sequence[str]) -> None:
        """Replace the publish history."""
        self._put({point_of("history"): {"versions": list(names)}})

    def next_number(self, known: Iterable[int]) -> int:
        """A number for a version, above the known ones and all that were ever given."""
        counter = point_of("counter")
        last = (self.agreed(counter, self.connection.options.patience) or {}).get("last", 0)
        number = max([last if type(last) is int else 0, *known]) + 1
        self._put({counter: {"last": number}})
        return number

    def get(self, point: str) -> dict[str, Any] | None:
        """The payload of one point, None when it is missing; from any one replica, so that one suffices."""
        return self.connection.read(partial(self._get, point, None))

    def agreed(self, point: str, patience: float) -> dict[str, Any] | None:
        """The payload of one point on which most replicas agree, or the only one that is left."""
        # Quorum, not majority: in Qdrant the latter wants an answer of every replica.
        quorum = models.ReadConsistencyType.QUORUM
        try:
            return self.connection.write(
                partial(self._get, point, quorum), patience=min(self.connection.options.lag, patience), right=READ
            )
        except StoreError:
            # Of two replicas one is down: there is no quorum, and nobody who could disagree.
            return self.connection.write(partial(self._get, point, None), patience=patience, right=READ)

    def _get(
        self, point: str, consistency: models.ReadConsistencyType | None, client: QdrantClient
    ) -> dict[str, Any] | None:
        try:
            found = client.retrieve(self.collection, [point], with_payload=True, consistency=consistency)
        except Exception as error:
            if is_missing(error):
                return None
            raise
        return found[0].payload if found else None

    def save_files(self, owner: str, files: Mapping[str, bytes]) -> FileTable:
        """Store files in pieces; returns the table that finds them again.

        They belong to the version that a collection is named after, and the versions in it share them.

        A piece's id comes from its content's hash: writing a file twice changes nothing, and an old file stays
        readable until its version's table no longer names it.
        """
        table = []
        for name, content in sorted(files.items()):
            entry = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for piece, point in enumerate(_pieces(owner, entry)):
                data = content[piece * PIECE : (piece + 1) * PIECE]
                self._put({point: {"version": owner, "data": base64.b64encode(data).decode()}})
            table.append(entry)
        return table

    def load_file(self, owner: str, entry: Mapping[str, Any]) -> bytes:
        """A file from its entry in the table; a replica that lags behind is given the time to catch up.

        Raises:
            StoreError: a piece is missing or the content does not have the hash that the table names.
        """
        deadline = time.monotonic() + self.connection.options.lag
        while True:
            try:
                return self._load(owner, entry)
            except _DamagedError as error:
                if time.monotonic() >= deadline:
                    raise StoreError(str(error)) from None
            time.sleep(0.2)

    def _load(self, owner: str, entry: Mapping[str, Any]) -> bytes:
        parts = []
        for point in _pieces(owner, entry):
            payload = self.get(point) or {}
            try:
                parts.append(base64.b64decode(str(payload["data"]), validate=True))
            except (KeyError, binascii.Error) as error:
                raise _DamagedError(
                    f"{self.connection.where}: a piece of {entry['name']} of {owner} is missing or damaged "
                    f"({error!r}). Roll back to another version."
                ) from None
        content = b"".join(parts)
        if len(content) != entry["size"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise _DamagedError(
                f"{self.connection.where}: {entry['name']} of {owner} was altered. Roll back to another version."
            )
        return content

    def keep_only(self, owner: str, table: Iterable[Mapping[str, Any]]) -> None:
        """Remove all files of an owner but those of the table, whoever left them there."""
        kept: list[Any] = list(pieces(owner, table))
        owned = models.FieldCondition(key="version", match=models.MatchValue(value=owner))
        spared = models.HasIdCondition(has_id=kept) if kept else None
        chosen = models.FilterSelector(filter=models.Filter(must=owned, must_not=spared))
        self.connection.write(lambda client: client.delete(self.collection, points_selector=chosen, wait=True))

    def pieces(self) -> dict[str, str]:
        """All pieces of files, and the owner of each of them."""
        points = self.connection.scroll(self.collection, limit=1000, with_payload=["version"])
        return {str(each.id): str(each.payload["version"]) for each in points if "version" in (each.payload or {})}

    def remove(self, points: Iterable[str]) -> None:
        """Remove pieces of files."""
        doomed: list[Any] = list(points)
        if doomed:
            chosen = models.PointIdsList(points=doomed)
            self.connection.write(lambda client: client.delete(self.collection, points_selector=chosen, wait=True))

    def _put(self, payloads: Mapping[str, dict[str, Any]]) -> None:
        points = [models.PointStruct(id=point, vector={}, payload=payload) for point, payload in payloads.items()]
        right = f"write to {self.collection}"
        self.connection.write(lambda client: client.upsert(self.collection, points, wait=True), right=right)


class _DamagedError(Exception):
    """A file is not what its table says, on the replica that was asked."""


def check_table(table: object, where: str) -> FileTable:
    """Check a file table that came from a server: it may be a stranger's.

    Raises:
        StoreError: not a table, or beyond the bounds.
    """
    if not isinstance(table, list) or len(table) > MAX_FILES:
        raise StoreError(f"The file table of {where} is damaged. Roll back to another version.")
    for entry in table:
        good = (
            isinstance(entry, dict)
            and isinstance(entry.get("name"), str)
            and _NAME.fullmatch(entry["name"]) is not None
            and type(entry.get("size")) is int
            and 0 <= entry["size"] <= MAX_FILE
            and isinstance(entry.get("sha256"), str)
        )
        if not good:
            raise StoreError(f"The file table of {where} holds {str(entry)[:120]!r}. Roll back to another version.")
    return table


def pieces(owner: str, table: Iterable[Mapping[str, Any]]) -> list[str]:
    """The pieces of all files of a table, in order."""
    return [piece for entry in table for piece in _pieces(owner, entry)]


def _pieces(owner: str, entry: Mapping[str, Any]) -> list[str]:
    count = max(1, -(-int(entry["size"]) // PIECE))
    return [point_of(f"{owner}/{entry['name']}/{entry['sha256']}/{piece}") for piece in range(count)]


def point_of(name: str) -> str:
    """The id of what has this name."""
    return str(uuid.uuid5(_NAMESPACE, name))
