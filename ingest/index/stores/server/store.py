"""Versions of one index on a Qdrant server."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from ....errors import NotFoundError, ParameterError
from ....model import Model
from ...manifest import Manifest
from ..base import VersionInfo
from ..points import Point
from .address import Address
from .alias import Alias
from .collections import Collections, build_id
from .connection import Connection
from .drafts import Drafts
from .index_files import IndexFiles, check_table, pieces
from .lease import Lease
from .manifests import read_manifest
from .metadata import set_metadata, versions_in
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

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self._connection = connection
        self._index_files = IndexFiles(connection, name)
        self._lease = Lease(self._index_files, "write")
        self._publishing = Lease(self._index_files, "publish")
        self._running = Lease(self._index_files, "run")
        self._collections = Collections(connection, name)
        self._alias = Alias(name, self._index_files, self._collections, self._publishing)
        self._drafts = Drafts(self._index_files, self._collections, self._alias, self._publishing)

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

    @property
    def left_features(self) -> Path | None:
        """None: features are kept on the machine that encodes."""
        return None

    @contextmanager
    def exclusive(self, timeout: float = 0.0) -> Iterator[None]:
        """One run of several steps at a time."""
        # Before the lock, which makes the collection that it lies in.
        self._alias.claim()
        # A run that died had several leases, which do not end at the same moment.
        for lease in (self._running, self._lease, self._publishing):
            lease.timeout = timeout
        with self._running.held():
            yield

    def begin(
        self,
        manifest: Manifest,
        model: Model,
        *,
        parent: str | None = None,
        share: float = 1.0,
        variant: str = "",
    ) -> ServerWriter:
        """Begin a version; an interrupted upload of the same content goes on where it stopped."""
        self._running.verify()
        self._alias.claim()
        self._lease.acquire()
        try:
            draft = None if parent is None else self._drafts.beside(parent, manifest, share)
            copied = parent if draft is None else None
            if draft is None:
                build = None if parent is not None else build_id(manifest, model, variant)
                draft = self._drafts.alone(manifest, model, build)
            writer = ServerWriter(self, self._index_files, self._lease, draft)
        except BaseException:
            self._lease.release()
            raise
        if copied is not None:
            try:
                self._copy(copied, writer)
            except BaseException:
                writer.abort()
                raise
        return writer

    def publish(self, version: str) -> None:
        """Make a committed version current: the alias is switched in one step."""
        self._running.verify()
        self._alias.publish(version)

    def rollback(self) -> str:
        """Publish the version that was current before."""
        self._running.verify()
        return self._alias.rollback()

    def current(self) -> str | None:
        """Name of the current version."""
        return self._alias.current()

    def history(self) -> list[str]:
        """Published versions, newest first; some may be deleted by now."""
        return self._alias.history()

    def open(self, version: str | None = None) -> ServerReader:
        """Open a version for searching."""
        while True:
            name = version or self.current()
            if name is None:
                raise NotFoundError(f"Nothing is published at {self.where} yet; run `likewise ingest` to its end.")
            try:
                place = self._collections.find(name)
            except NotFoundError:
                # A publish and a prune may have come in between.
                if version is None and self.current() != name:
                    continue
                raise
            manifest = read_manifest(self._index_files, self._collections, place)
            return ServerReader(self._connection, self._index_files, place, manifest)

    def versions(self) -> list[VersionInfo]:
        """Committed versions, oldest first."""
        current = self.current()
        return [
            VersionInfo.read(
                place.version,
                place.version == current,
                partial(read_manifest, self._index_files, self._collections, place),
            )
            for place in self._collections.places()
        ]

    def delete(self, version: str) -> None:
        """Delete a version that is not current, and the points that no other sees."""
        self._running.verify()
        with self._lease.held(), self._publishing.held():
            place = self._collections.find(version)
            if version == self.current():
                raise ParameterError(f"{version} is the current version; publish another one first.")
            if len(place.versions) > 1:
                self._collections.remove(place.generation, version.__eq__)
                return
            # Not committed any more: a deletion that is interrupted is finished by the next writer.
            set_metadata(self._connection, place.collection, {"state": "deleted"})
            self._drafts.drop(place.generation)

    def sweep(self) -> None:
        """Finish interrupted deletions, drop points that no version sees and files that no version needs.

        Interrupted uploads stay: the next run goes on with them.
        """
        with self._lease.held():
            for name in self._collections.names():
                state = self._collections.metadata(name).get("state")
                if state == "deleted":
                    self._drafts.drop(name)
                elif state == "committed":
                    self._collections.remove(name)
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
            for version, entry in versions_in(name, metadata).items():
                table = check_table(entry.get("files"), f"{self.where}, {version}")
                needed.update(pieces(name, table))
            if metadata.get("state") != "committed":
                building.add(name)
        found = self._index_files.pieces()
        return {piece for piece, owner in found.items() if piece not in needed and owner not in building}

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()

    def _copy(self, parent: str, writer: ServerWriter) -> None:
        batch: list[Point] = []
        for record in self.open(parent).scroll(with_vector=True, batch=COPY_BATCH):
            batch.append(record.point())
            if len(batch) == COPY_BATCH:
                writer.upsert(batch)
                batch = []
        writer.upsert(batch)
        writer.flush()
