"""Versions of one index on a Qdrant server."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Self

from qdrant_client import QdrantClient, models

from ...errors import NotFoundError, ParameterError, StoreError
from ...manifest import Manifest
from ...model import Model
from ..base import INDEXED, Point, VersionInfo
from . import terms
from .address import Address
from .commons import Commons, FileTable, check_table
from .connection import Connection, MissingCollectionError
from .journal import Journal
from .lease import Lease
from .options import ServerOptions
from .reader import ServerReader
from .writer import UNFINISHED, ServerWriter, set_metadata

_VERSION = re.compile(r"v\d{6,}")
COPY_BATCH = 500


class ServerStore:
    """Versions of one index on a server.

    Args:
        connection: to the server.
        name: of the index.
    """

    in_place = True

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self._connection = connection
        self._commons = Commons(connection, name)
        self._lease = Lease(self._commons, "write")
        self._publishing = Lease(self._commons, "publish")
        self._running = Lease(self._commons, "run")

    @classmethod
    def connect(cls, address: str, options: ServerOptions | None = None) -> Self:
        """The index at an address; nothing is sent before the first call.

        Raises:
            ParameterError: the address is not http(s)://HOST:PORT/NAME.
        """
        parsed = Address.parse(address)
        return cls(Connection.open(parsed, options or ServerOptions.from_environment()), parsed.name)

    @property
    def where(self) -> str:
        """The address, without any key."""
        return self._connection.where

    def exclusive(self) -> AbstractContextManager[None]:
        """One run of several steps at a time."""
        return self._running.held()

    def create_version(self, manifest: Manifest, model: Model, *, parent: str | None = None) -> ServerWriter:
        """Begin a version; an interrupted one of the same content goes on where it stopped."""
        self._running.verify()
        self._lease.acquire()
        try:
            build = _build_id(manifest, model) if parent is None else uuid.uuid4().hex
            version, resumed = self._claim(build, manifest)
            collection = self._collection(version)
            writer = ServerWriter(
                self._connection, self._commons, self._lease, version, collection, model, resumed=resumed
            )
        except BaseException:
            self._lease.release()
            raise
        if parent is not None:
            try:
                self._copy(parent, writer)
            except BaseException:
                writer.abort()
                raise
        return writer

    def amend(self, version: str, *, touched: Sequence[str] | None = None) -> ServerWriter:
        """Change a committed version in place; searches see every batch as it arrives.

        Before the first change the version is marked as unfinished, and with `touched` a journal is kept of what
        those products were.
        """
        self._running.verify()
        self._lease.acquire()
        try:
            metadata = self._metadata(version)
            mark = metadata.get(UNFINISHED) or {"provisional": False}
            if touched is not None:
                if mark["provisional"]:
                    raise StoreError(f"{version} of {self.where} has an update without a verdict; take it back first.")
                mark = {
                    "provisional": True,
                    "undo": self._journal(version).record(touched),
                    "manifest": metadata["manifest"],
                    "files": metadata["files"],
                    "nested": UNFINISHED in metadata,
                }
            writer = self._amendment(version, metadata, provisional=touched is not None)
            set_metadata(self._connection, self._collection(version), {UNFINISHED: mark})
            return writer
        except BaseException:
            self._lease.release()
            raise

    def settle(self, version: str) -> None:
        """Let a provisional amendment stay: forget how it was before."""
        self._running.verify()
        with self._lease.held():
            metadata = self._metadata(version)
            set_metadata(self._connection, self._collection(version), {UNFINISHED: None})
            self._commons.keep_only(version, self._table(version, metadata["files"]))
            self._journal(version).forget()

    def take_back(self, version: str) -> bool:
        """Undo a provisional amendment that was not settled, from its journal; harmless to repeat."""
        self._running.verify()
        mark = self._metadata(version).get(UNFINISHED)
        if not mark or not mark["provisional"]:
            return False
        self._lease.acquire()
        try:
            metadata = self._metadata(version)
            mark = metadata[UNFINISHED]
            writer = self._amendment(version, metadata, provisional=True)
        except BaseException:
            self._lease.release()
            raise
        try:
            journal = self._journal(version)
            journal.restore(self._table(version, mark["undo"]), writer)
            before = {"manifest": mark["manifest"], "files": mark["files"]}
            left = {"provisional": False} if mark["nested"] else None
            products = None if mark["nested"] else self._manifest(version, mark).products
            writer.restore({**before, UNFINISHED: left}, products)
        except BaseException:
            writer.abort()
            raise
        # The update's files and the journal are nobody's now; what cannot be swept at once, the next prune sweeps.
        with suppress(StoreError):
            self.sweep()
        return True

    def _amendment(self, version: str, metadata: dict[str, Any], *, provisional: bool) -> ServerWriter:
        return ServerWriter(
            self._connection,
            self._commons,
            self._lease,
            version,
            self._collection(version),
            None,
            table=self._table(version, metadata["files"]),
            provisional=provisional,
        )

    def _journal(self, version: str) -> Journal:
        return Journal(self._commons, version, self._collection(version))

    def _table(self, version: str, files: object) -> FileTable:
        return check_table(files, f"{self.where}, {version}")

    def publish(self, version: str) -> None:
        """Make a committed version current: the alias is switched in one step."""
        self._running.verify()
        with self._publishing.held():
            self._metadata(version)
            # First the history: until the alias follows, it is read from the current version on.
            self._commons.write_history([version, *(name for name in self.history() if name != version)])
            self._switch(version)

    def rollback(self) -> str:
        """Publish the version that was current before."""
        self._running.verify()
        with self._publishing.held():
            there = {found.name for found in self.versions()}
            kept = [name for name in self.history()[1:] if name in there]
            if not kept:
                raise NotFoundError(f"No version of {self.where} was published before {self.current() or 'any other'}.")
            self._switch(kept[0])
            return kept[0]

    def current(self) -> str | None:
        """Name of the current version."""
        aliases = self._connection.read(lambda client: client.get_aliases()).aliases
        for alias in aliases:
            if alias.alias_name == self.name:
                prefix, _, version = alias.collection_name.rpartition(".")
                if prefix != self.name or not _VERSION.fullmatch(version):
                    raise StoreError(
                        f"The alias {self.name!r} of {self.where} leads to the collection {alias.collection_name!r}, "
                        "which is not ours. Choose another name for the index."
                    )
                return version
        return None

    def open(self, version: str | None = None) -> ServerReader:
        """Open a version for searching."""
        while True:
            name = version or self.current()
            if name is None:
                raise NotFoundError(f"Nothing is published at {self.where} yet; run `likewise ingest` to its end.")
            try:
                metadata = self._metadata(name)
            except NotFoundError:
                # A publish and a prune may have come in between.
                if version is None and self.current() != name:
                    continue
                raise
            manifest = self._manifest(name, metadata)
            return ServerReader(
                self._connection,
                self._commons,
                name,
                self._collection(name),
                manifest,
                metadata.get("files"),
                unfinished=bool(metadata.get(UNFINISHED)),
            )

    def versions(self) -> list[VersionInfo]:
        """Committed versions, oldest first."""
        current = self.current()
        found = []
        for name in self._names():
            try:
                metadata = self._metadata(name)
            except NotFoundError:
                continue
            found.append(VersionInfo(name, name == current, self._manifest(name, metadata)))
        return found

    def delete(self, version: str) -> None:
        """Delete a version that is not current."""
        self._running.verify()
        with self._lease.held(), self._publishing.held():
            self._metadata(version)
            if version == self.current():
                raise ParameterError(f"{version} is the current version; publish another one first.")
            # Not committed any more: a deletion that is interrupted is finished by the next writer.
            set_metadata(self._connection, self._collection(version), {"state": "deleted"})
            self._drop(version)

    def sweep(self) -> None:
        """Finish interrupted deletions, and drop files that no version needs.

        Interrupted uploads stay: the next run goes on with them.
        """
        with self._lease.held():
            needed: set[str] = set()
            for name in self._names():
                metadata = self._raw_metadata(name)
                if metadata.get("state") == "deleted":
                    self._drop(name)
                    continue
                needed.add(name)
                if metadata.get(UNFINISHED, {}).get("provisional"):
                    needed.add(self._journal(name).owner)
                elif metadata.get("state") == "committed":
                    self._commons.keep_only(name, self._table(name, metadata["files"]))
            for owner in self._commons.owners() - needed:
                self._commons.keep_only(owner, [])

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()

    def history(self) -> list[str]:
        """Published versions, newest first; some may be deleted by now."""
        current = self.current()
        history = self._commons.history()
        if current is None:
            return []
        return history[history.index(current) :] if current in history else [current, *history]

    def _switch(self, version: str) -> None:
        self._publishing.check()
        switch: list[Any] = []
        if self.current() is not None:
            switch.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self.name)))
        create = models.CreateAlias(collection_name=self._collection(version), alias_name=self.name)
        switch.append(models.CreateAliasOperation(create_alias=create))
        self._connection.write(lambda client: client.update_collection_aliases(switch))

    def _claim(self, build: str, manifest: Manifest) -> tuple[str, bool]:
        """The collection to write to: an interrupted one of the same content, or a new one."""
        numbers = [0]
        resumed = None
        for name in self._names():
            numbers.append(int(name[1:]))
            metadata = self._raw_metadata(name)
            if metadata.get("state") == "committed":
                continue
            if metadata.get("state") == "building" and metadata.get("build") == build and resumed is None:
                resumed = name
            else:
                self._drop(name)
        version = resumed or f"v{max(numbers) + 1:06d}"
        # Also for one that is resumed: its maker may have died between the collection and its indexes.
        self._create(version, build, manifest)
        return version, resumed is not None

    def _create(self, version: str, build: str, manifest: Manifest) -> None:
        collection = self._collection(version)
        options = self._connection.options

        def create(client: QdrantClient) -> None:
            if not client.collection_exists(collection):
                client.create_collection(
                    collection,
                    metadata={"state": "building", "build": build},
                    strict_mode_config=terms.strict_mode(),
                    **terms.vectors(manifest.stored, manifest.distance, options),
                    **terms.layout(options),
                )

        self._connection.write(create)
        for key in INDEXED:
            self._index(collection, key)

    def _index(self, collection: str, key: str) -> None:
        schema = models.KeywordIndexParams(
            type=models.KeywordIndexType.KEYWORD, is_tenant=True if key == "cluster" else None
        )
        self._connection.write(
            lambda client: client.create_payload_index(collection, key, field_schema=schema, wait=True)
        )

    def _copy(self, parent: str, writer: ServerWriter) -> None:
        batch: list[Point] = []
        for record in self.open(parent).scroll(with_vector=True, batch=COPY_BATCH):
            if record.vector is None:
                raise StoreError(f"{self.where}: {record.id} of {parent} has no vector; roll back.")
            batch.append(Point(record.id, record.vector, record.payload))
            if len(batch) == COPY_BATCH:
                writer.upsert(batch)
                batch = []
        writer.upsert(batch)
        writer.flush()

    def _drop(self, version: str) -> None:
        # The files first: as long as the collection is there, whoever comes next knows that they have to go.
        self._commons.keep_only(version, [])
        self._journal(version).forget()
        self._connection.write(lambda client: client.delete_collection(self._collection(version)))

    def _collection(self, version: str) -> str:
        return f"{self.name}.{version}"

    def _names(self) -> list[str]:
        listed = self._connection.read(lambda client: client.get_collections()).collections
        pairs = (found.name.rpartition(".") for found in listed)
        names = [version for prefix, _, version in pairs if prefix == self.name and _VERSION.fullmatch(version)]
        return sorted(names, key=lambda name: int(name[1:]))

    def _raw_metadata(self, version: str) -> dict[str, Any]:
        collection = self._collection(version)
        try:
            info = self._connection.read(lambda client: client.get_collection(collection))
        except MissingCollectionError:
            return {}
        return info.config.metadata or {}

    def _metadata(self, version: str) -> dict[str, Any]:
        """Of a committed version."""
        metadata = self._raw_metadata(version) if _VERSION.fullmatch(version) else {}
        if metadata.get("state") != "committed":
            known = ", ".join(self._names()[-5:]) or "none"
            raise NotFoundError(f"There is no version {version!r} at {self.where}. Latest: {known}.")
        return metadata

    def _manifest(self, version: str, metadata: dict[str, Any]) -> Manifest:
        text = json.dumps(metadata.get("manifest"))
        return Manifest.from_json(text, where=f"{self.where}, {version}")


def _build_id(manifest: Manifest, model: Model) -> str:
    """Equal for builds whose points are equal, so that one may go on where another stopped."""
    if not manifest.catalog_fingerprint:
        return uuid.uuid4().hex
    facts = [model.hash, manifest.catalog_fingerprint, manifest.dim]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
