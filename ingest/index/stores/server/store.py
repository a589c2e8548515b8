"""Versions of one index on a Qdrant server."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, Self

from qdrant_client import models

from ....errors import NotFoundError, ParameterError, StoreError
from ....model.model import Model
from ...manifest import Manifest
from ..base import Point, VersionInfo
from .address import Address
from .amendments import Amendments
from .collections import Collections, is_version
from .connection import Connection
from .index_files import IndexFiles
from .journal import Journal
from .lease import Lease
from .metadata import UNFINISHED, set_metadata
from .options import ServerOptions
from .reader import ServerReader
from .writer import ServerWriter

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
        self._index_files = IndexFiles(connection, name)
        self._lease = Lease(self._index_files, "write")
        self._publishing = Lease(self._index_files, "publish")
        self._running = Lease(self._index_files, "run")
        self._collections = Collections(connection, name)
        self._amendments = Amendments(self._index_files, self._collections, self._lease)

    @classmethod
    def connect(cls, address: str, options: ServerOptions | None = None, *, patient: bool = False) -> Self:
        """The index at an address; nothing is sent before the first call.

        Args:
            address: http(s)://HOST:PORT/NAME.
            options: by default from the environment.
            patient: reads wait as long as writes for a server that is away: no shopper waits for them.

        Raises:
            ParameterError: the address is not http(s)://HOST:PORT/NAME.
        """
        parsed = Address.parse(address)
        options = options or ServerOptions.from_environment()
        if patient:
            options = dataclasses.replace(options, search_patience=max(options.patience, options.search_patience))
        return cls(Connection.open(parsed, options), parsed.name)

    @property
    def where(self) -> str:
        """The address, without any key."""
        return self._connection.where

    def exclusive(self) -> AbstractContextManager[None]:
        """One run of several steps at a time."""
        return self._running.held()

    def create_version(
        self, manifest: Manifest, model: Model, *, parent: str | None = None, variant: str = ""
    ) -> ServerWriter:
        """Begin a version; an interrupted one of the same content goes on where it stopped."""
        self._running.verify()
        self._lease.acquire()
        try:
            build = uuid.uuid4().hex
            if parent is None:
                build = _build_id(manifest, model, self._connection.options, variant) or build
            version, resumed, left = self._collections.claim(build, self.history())
            for name in left:
                self._drop(name)
            # Also for one that is resumed: its maker may have died between the collection and its indexes.
            self._collections.create(version, build, manifest)
            collection = self._collections.of(version)
            writer = ServerWriter(
                self._connection, self._index_files, self._lease, version, collection, model, resumed=resumed
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
        """Change a committed version in place; searches see every batch as it arrives."""
        self._running.verify()
        return self._amendments.begin(version, touched)

    def settle(self, version: str) -> None:
        """Let a provisional amendment stay."""
        self._running.verify()
        self._amendments.settle(version)

    def take_back(self, version: str) -> bool:
        """Undo a provisional amendment that was not settled, whoever made it."""
        self._running.verify()
        found = self._amendments.take_back(version)
        if found:
            # The update's files and its journal are nobody's now; what cannot be swept at once, the next prune sweeps.
            with suppress(StoreError):
                self.sweep()
        return found

    def publish(self, version: str) -> None:
        """Make a committed version current: the alias is switched in one step."""
        self._running.verify()
        with self._publishing.held():
            self._collections.committed(version)
            # First the history: until the alias follows, it is read from the current version on.
            self._index_files.write_history([version, *(name for name in self.history() if name != version)])
            self._switch(version)

    def rollback(self) -> str:
        """Publish the version that was current before."""
        self._running.verify()
        with self._publishing.held():
            for name in self.history()[1:]:
                with suppress(NotFoundError):
                    self._collections.committed(name)
                    self._switch(name)
                    return name
            raise NotFoundError(f"No version of {self.where} was published before {self.current() or 'any other'}.")

    def current(self) -> str | None:
        """Name of the current version."""
        aliases = self._connection.read(lambda client: client.get_aliases()).aliases
        for alias in aliases:
            if alias.alias_name == self.name:
                prefix, _, version = alias.collection_name.rpartition(".")
                if prefix != self.name or not is_version(version):
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
                metadata = self._collections.committed(name)
            except NotFoundError:
                # A publish and a prune may have come in between.
                if version is None and self.current() != name:
                    continue
                raise
            manifest = self._manifest(name, metadata)
            return ServerReader(
                self._connection,
                self._index_files,
                name,
                self._collections.of(name),
                manifest,
                metadata.get("files"),
                unfinished=bool(metadata.get(UNFINISHED)),
            )

    def versions(self) -> list[VersionInfo]:
        """Committed versions, oldest first."""
        current = self.current()
        found = []
        for name in self._collections.names():
            metadata = self._collections.metadata(name)
            if metadata.get("state") != "committed":
                continue
            found.append(VersionInfo.read(name, name == current, partial(self._manifest, name, metadata)))
        return found

    def delete(self, version: str) -> None:
        """Delete a version that is not current."""
        self._running.verify()
        with self._lease.held(), self._publishing.held():
            self._collections.committed(version)
            if version == self.current():
                raise ParameterError(f"{version} is the current version; publish another one first.")
            # Not committed any more: a deletion that is interrupted is finished by the next writer.
            set_metadata(self._connection, self._collections.of(version), {"state": "deleted"})
            self._drop(version)

    def sweep(self) -> None:
        """Finish interrupted deletions, and drop files that no version needs.

        Interrupted uploads stay: the next run goes on with them.
        """
        with self._lease.held():
            for name in self._collections.names():
                if self._collections.metadata(name).get("state") == "deleted":
                    self._drop(name)
            stray = self._stray()
            if stray:
                # A node that lags behind knows neither the newest version nor its newest files: nobody's twice.
                time.sleep(self._connection.options.lag)
                self._index_files.remove(stray & self._stray())

    def _stray(self) -> set[str]:
        """Pieces of files that belong to no version."""
        needed: set[str] = set()
        building = set()
        for name in self._collections.names():
            metadata = self._collections.metadata(name)
            if metadata.get("state") == "committed":
                needed |= self._amendments.needed(name, metadata)
            else:
                building.add(name)
        found = self._index_files.pieces()
        return {piece for piece, owner in found.items() if piece not in needed and owner not in building}

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()

    def history(self) -> list[str]:
        """Published versions, newest first; some may be deleted by now."""
        current = self.current()
        history = self._index_files.history()
        if current is None:
            return []
        return history[history.index(current) :] if current in history else [current, *history]

    def _switch(self, version: str) -> None:
        self._publishing.check()
        switch: list[Any] = []
        if self.current() is not None:
            switch.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self.name)))
        create = models.CreateAlias(collection_name=self._collections.of(version), alias_name=self.name)
        switch.append(models.CreateAliasOperation(create_alias=create))
        self._connection.write(lambda client: client.update_collection_aliases(switch))
        deadline = time.monotonic() + self._connection.options.lag
        while self.current() != version and time.monotonic() < deadline:
            time.sleep(0.1)

    def _copy(self, parent: str, writer: ServerWriter) -> None:
        batch: list[Point] = []
        for record in self.open(parent).scroll(with_vector=True, batch=COPY_BATCH):
            batch.append(record.point())
            if len(batch) == COPY_BATCH:
                writer.upsert(batch)
                batch = []
        writer.upsert(batch)
        writer.flush()

    def _drop(self, version: str) -> None:
        # The files first: as long as the collection is there, whoever comes next knows that they have to go.
        for owner in (version, Journal.owner_of(version)):
            self._index_files.keep_only(owner, [])
        self._collections.drop(version)

    def _manifest(self, version: str, metadata: dict[str, Any]) -> Manifest:
        text = json.dumps(metadata.get("manifest"))
        return Manifest.from_json(text, where=f"{self.where}, {version}")


def _build_id(manifest: Manifest, model: Model, options: ServerOptions, variant: str) -> str | None:
    """Equal for builds of the same points in the same layout, so that one may go on where another stopped.

    None where nothing says what the points will be.
    """
    if not manifest.catalog_fingerprint:
        return None
    layout = [options.shards, options.replication_factor, options.write_consistency]
    vectors = [options.on_disk, options.quantization]
    facts = [model.hash, manifest.catalog_fingerprint, manifest.stored, layout, vectors, variant]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
