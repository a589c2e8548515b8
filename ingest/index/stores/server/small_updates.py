"""Small updates of a version in place: searches see every batch as it arrives, until the update is published or undone.

Copying a large version over the network takes longer than the few products of an ordinary night. What the update is
about to overwrite is kept in a journal first, so that whoever comes next can take it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ....errors import StoreError
from ...manifest import Manifest
from ..base import Reader
from .collections import Collections
from .connection import READ
from .index_files import FileTable, IndexFiles, check_table, pieces
from .journal import Journal
from .lease import Lease
from .metadata import UNFINISHED, is_provisional, set_metadata
from .writer import Draft, ServerWriter


class SmallUpdates:
    """The updates in place of an index.

    Args:
        index_files: the collection of files.
        collections: of the versions.
        lease: the right to write.
        running: the right to do several steps, verified before each where this process has it.
    """

    def __init__(self, index_files: IndexFiles, collections: Collections, lease: Lease, running: Lease) -> None:
        self._connection = index_files.connection
        self._index_files = index_files
        self._collections = collections
        self._lease = lease
        self._running = running

    def begin(self, version: str, touched: Sequence[str], opened: Callable[[str], Reader]) -> ServerWriter:
        """Keep what the points with these keys are; then they may be changed.

        Args:
            version: to be changed.
            touched: keys of all points that will be.
            opened: opens a version, for the candidate.
        """
        self._lease.acquire()
        try:
            metadata = self._collections.committed(version)
            if is_provisional(metadata):
                raise StoreError(
                    f"{version} of {self._connection.where} has an update that was neither published nor undone; "
                    "the next run undoes it first."
                )
            before = {name: metadata[name] for name in ("manifest", "files")}
            mark = {
                **before,
                "provisional": True,
                "undo": self._journal(version).record(touched),
                "count": self._connection.write(partial(_count, self._collections.of(version)), right=READ),
            }
            self._mark(version, mark)
            draft = Draft(
                version,
                self._collections.of(version),
                candidate=lambda manifest: UpdateInPlace(manifest, self, opened),
                files=self._table(version, metadata["files"]),
                # It stays a copy of what it was a copy of.
                kept={"parent": metadata["manifest"].get("parent")},
                take_back=partial(self.take_back, version),
            )
            return ServerWriter(self._index_files, self._lease, draft)
        except BaseException:
            self._lease.release()
            raise

    def settle(self, version: str) -> None:
        """Forget how the version was before."""
        self._running.verify()
        with self._lease.held():
            metadata = self._collections.committed(version)
            self._mark(version, None)
            if is_provisional(metadata):
                tables = (metadata[UNFINISHED]["files"], metadata["files"])
                before, after = (set(pieces(version, self._table(version, table))) for table in tables)
                self._index_files.remove(before - after)
            self._journal(version).forget()

    def take_back(self, version: str) -> None:
        """Undo an update that was not settled, whoever made it; harmless to repeat, and where there is none."""
        if not is_provisional(self._collections.metadata(version)):
            return
        self._running.verify()
        self._lease.acquire()
        try:
            metadata = self._collections.committed(version)
            mark = metadata[UNFINISHED]
            collection = self._collections.of(version)
            draft = Draft(version, collection, files=self._table(version, metadata["files"]))
            writer = ServerWriter(self._index_files, self._lease, draft)
        except BaseException:
            self._lease.release()
            raise
        journal = self._journal(version)
        try:
            journal.restore(self._table(version, mark["undo"]), writer)
            before = {"manifest": mark["manifest"], "files": self._table(version, mark["files"]), UNFINISHED: None}
            # Marks of earlier releases tell no count.
            writer.restore(before, mark.get("count"), journal.owner)
        except BaseException:
            writer.abort()
            raise

    def needed(self, version: str, metadata: dict[str, Any]) -> set[str]:
        """The pieces of files that a committed version has, or may be taken back to."""
        found = set(pieces(version, self._table(version, metadata["files"])))
        if is_provisional(metadata):
            mark = metadata[UNFINISHED]
            found |= set(pieces(version, self._table(version, mark["files"])))
            found |= set(pieces(self._journal(version).owner, self._table(version, mark["undo"])))
        return found

    def _mark(self, version: str, mark: dict[str, Any] | None) -> None:
        set_metadata(self._connection, self._collections.of(version), {UNFINISHED: mark})

    def _journal(self, version: str) -> Journal:
        return Journal(self._index_files, version, self._collections.of(version))

    def _table(self, version: str, files: object) -> FileTable:
        return check_table(files, f"{self._connection.where}, {version}")


@dataclass(frozen=True, slots=True)
class UpdateInPlace:
    """A candidate that searches read already, but that can be undone."""

    manifest: Manifest
    updates: SmallUpdates
    opened: Callable[[str], Reader]

    @property
    def version(self) -> str:
        """The version that was changed."""
        return self.manifest.version

    def open(self) -> Reader:
        """Open it, for whoever judges it."""
        return self.opened(self.version)

    def publish(self) -> None:
        """Let it stay as it is now."""
        self.updates.settle(self.version)

    def discard(self) -> bool:
        """Make the version again what it was; the update is not kept."""
        self.updates.take_back(self.version)
        return False


def _count(collection: str, client: Any) -> int:  # noqa: ANN401 - the connection's client
    return int(client.count(collection, exact=True).count)
