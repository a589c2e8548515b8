"""What an update in place is about to overwrite, kept on the server until the update may stay.

A process can be killed between its update and the verdict on it: what only its memory holds cannot be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from ....errors import StoreError
from ..points import Point, Record
from . import qdrant_requests
from .connection import READ
from .index_files import FileTable, IndexFiles
from .qdrant_filters import server_id
from .writer import ServerWriter

BLOCK = 2000
"""Products in one file of the journal, more where that would make too many files."""

MAX_BLOCKS = 48

_READ = 500


class Journal:
    """The products of one version as they were before an update.

    Args:
        index_files: the collection of files.
        version: name of the version.
        collection: its collection.
    """

    def __init__(self, index_files: IndexFiles, version: str, collection: str) -> None:
        self._index_files = index_files
        self._collection = collection
        self.owner = self.owner_of(version)

    @staticmethod
    def owner_of(version: str) -> str:
        """Whom the files of a version's journal belong to, beside those of the version."""
        return f"{version}.undo"

    def record(self, ids: Sequence[str]) -> FileTable:
        """Keep these products, or that they are not there; returns the table that finds them again."""
        table: FileTable = []
        size = max(BLOCK, -(-len(ids) // MAX_BLOCKS))
        for number, start in enumerate(range(0, len(ids), size)):
            block = self._block(ids[start : start + size])
            table += self._index_files.save_files(self.owner, {f"undo/{number:06d}": block})
        return table

    def restore(self, table: FileTable, writer: ServerWriter) -> None:
        """Put everything back as it was."""
        for entry in table:
            absent, points = _parse(self._index_files.load_file(self.owner, entry), entry["name"])
            writer.delete(absent)
            writer.upsert(points)

    def forget(self) -> None:
        """Remove the files."""
        self._index_files.keep_only(self.owner, [])

    def _block(self, ids: Sequence[str]) -> bytes:
        payloads, vectors = [], []
        for start in range(0, len(ids), _READ):
            for record in self._read(ids[start : start + _READ]):
                point = record.point()
                payloads.append(point.payload)
                vectors.append(point.vector.astype("<f4").tobytes())
        there = {payload["id"] for payload in payloads}
        head = {"payloads": payloads, "absent": [name for name in ids if name not in there]}
        # JSON has no raw line break inside: the first one ends it.
        return b"\n".join([json.dumps(head).encode(), b"".join(vectors)])

    def _read(self, ids: Sequence[str]) -> list[Record]:
        points = [server_id(name) for name in ids]
        found = self._index_files.connection.write(
            lambda client: client.retrieve(self._collection, points, with_vectors=True), right=READ
        )
        return [qdrant_requests.record(each) for each in found]


def _parse(block: bytes, name: str) -> tuple[list[str], list[Point]]:
    head, _, data = block.partition(b"\n")
    try:
        facts = json.loads(head)
        payloads, absent = facts["payloads"], [str(each) for each in facts["absent"]]
        vectors = np.frombuffer(data, "<f4").reshape(len(payloads), -1 if payloads else 0).astype(np.float32)
        points = [
            Record(str(payload["id"]), payload, vector).point()
            for payload, vector in zip(payloads, vectors, strict=True)
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"The journal {name} is damaged ({error!r}). Roll back to another version.") from None
    return absent, points
