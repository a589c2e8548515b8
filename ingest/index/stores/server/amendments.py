"""Changing a version in place, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....errors import StoreError
from .collections import Collections
from .index_files import FileTable, IndexFiles, check_table, pieces
from .journal import Journal
from .lease import Lease
from .metadata import UNFINISHED, set_metadata
from .writer import ServerWriter


class Amendments:
    """The updates in place of an index.

    Args:
        index_files: the collection of files.
        collections: of the versions.
        lease: the right to write.
    """

    def __init__(self, index_files: IndexFiles, collections: Collections, lease: Lease) -> None:
        self._connection = index_files.connection
        self._index_files = index_files
        self._collections = collections
        self._lease = lease

    def begin(self, version: str, touched: Sequence[str] | None) -> ServerWriter:
        """Mark a version as unfinished, and with `touched` keep what those products were; then it may be changed."""
        self._lease.acquire()
        try:
            metadata = self._collections.committed(version)
            mark = metadata.get(UNFINISHED) or {"provisional": False}
            if touched is not None:
                if mark["provisional"]:
                    raise StoreError(
                        f"{version} of {self._connection.where} has an update without a verdict; take it back first."
                    )
                mark = {
                    "provisional": True,
                    "undo": self._journal(version).record(touched),
                    "manifest": metadata["manifest"],
                    "files": metadata["files"],
                    "nested": UNFINISHED in metadata,
                }
            writer = self._writer(version, metadata, provisional=touched is not None)
            self._mark(version, {UNFINISHED: mark})
            return writer
        except BaseException:
            self._lease.release()
            raise

    def settle(self, version: str) -> None:
        """Forget how the version was before."""
        with self._lease.held():
            metadata = self._collections.committed(version)
            mark = metadata.get(UNFINISHED)
            self._mark(version, {UNFINISHED: None})
            if mark and mark["provisional"]:
                before, after = (self._table(version, each["files"]) for each in (mark, metadata))
                self._index_files.remove(set(pieces(version, before)) - set(pieces(version, after)))
            self._journal(version).forget()

    def take_back(self, version: str) -> bool:
        """Undo what was not settled, from its journal; harmless to repeat. False when there is nothing to undo."""
        if not self._collections.committed(version).get(UNFINISHED, {}).get("provisional"):
            return False
        self._lease.acquire()
        try:
            metadata = self._collections.committed(version)
            mark = metadata[UNFINISHED]
            writer = self._writer(version, metadata, provisional=True)
        except BaseException:
            self._lease.release()
            raise
        try:
            self._journal(version).restore(self._table(version, mark["undo"]), writer)
            before = {"manifest": mark["manifest"], "files": mark["files"]}
            # What was unfinished before the update is so again, and then its count is anybody's guess.
            left = {"provisional": False} if mark["nested"] else None
            writer.restore(
                {**before, UNFINISHED: left}, None if mark["nested"] else int(before["manifest"]["products"])
            )
        except BaseException:
            writer.abort()
            raise
        return True

    def needed(self, version: str, metadata: dict[str, Any]) -> set[str]:
        """The pieces of files that a committed version has, or may be taken back to."""
        found = set(pieces(version, self._table(version, metadata["files"])))
        mark = metadata.get(UNFINISHED, {})
        if mark.get("provisional"):
            found |= set(pieces(version, self._table(version, mark["files"])))
            found |= set(pieces(self._journal(version).owner, self._table(version, mark["undo"])))
        return found

    def _writer(self, version: str, metadata: dict[str, Any], *, provisional: bool) -> ServerWriter:
        return ServerWriter(
            self._connection,
            self._index_files,
            self._lease,
            version,
            self._collections.of(version),
            None,
            table=self._table(version, metadata["files"]),
            provisional=provisional,
        )

    def _mark(self, version: str, metadata: dict[str, Any]) -> None:
        set_metadata(self._connection, self._collections.of(version), metadata)

    def _journal(self, version: str) -> Journal:
        return Journal(self._index_files, version, self._collections.of(version))

    def _table(self, version: str, files: object) -> FileTable:
        return check_table(files, f"{self._connection.where}, {version}")
