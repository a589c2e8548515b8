"""Taking back an update in place: the way to refuse what searches already read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from .changes import Changes
from .embed import Embedded
from .errors import StoreError
from .manifest import Manifest
from .stores import Point, Reader, Store

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Undo:
    """What an update is going to overwrite or remove, and what it is going to add.

    Attributes:
        points: as they were.
        added: ids that were not there.
        attachments: as they were.
    """

    points: list[Point]
    added: list[str]
    attachments: dict[str, bytes]

    @classmethod
    def record(cls, reader: Reader, embedded: Embedded, changes: Changes) -> Self:
        """Keep what `changes` will touch; an update in place touches a bounded share of an index."""
        touched = [*changes.changed, *changes.relabelled]
        ids = [*(embedded.products[at].id for at in touched), *changes.removed]
        attachments = {name: reader.attachment(name) for name in reader.attachments()}
        return cls(list(_points(reader, ids)), [embedded.products[at].id for at in changes.added], attachments)

    def restore(self, store: Store, manifest: Manifest) -> None:
        """Put everything back, the manifest included."""
        writer = store.amend(manifest.version)
        try:
            writer.delete(self.added)
            writer.upsert(self.points)
            for name, content in self.attachments.items():
                writer.attach(name, content)
            writer.commit(manifest)
        except BaseException:
            writer.abort()
            raise


def _points(reader: Reader, ids: Sequence[str]) -> Iterator[Point]:
    for start in range(0, len(ids), _BATCH):
        for record in reader.retrieve(ids[start : start + _BATCH], with_vector=True):
            if record is None or record.vector is None:
                raise StoreError(f"A product of {reader.version} vanished while it was read; run the command again.")
            yield Point(record.id, record.vector, record.payload)
