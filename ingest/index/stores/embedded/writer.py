"""Builds one version of an embedded store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ....errors import StoreError
from ...manifest import Manifest
from ..base import Candidate, Sink, Store
from ..files import sync_folder, sync_tree
from ..locks import Lock
from ..points import Point
from .growing import GrowingShard
from .spool import INCOMING, Spool, spooled


class EmbeddedWriter:
    """Builds one version in `building/`; holds the store's lock until it commits or aborts."""

    def __init__(self, store: Store, folder: Path, shard: GrowingShard, lock: Lock) -> None:
        self._store = store
        self._folder = folder
        self._shard = shard
        self._lock = lock
        self._done = False

    @property
    def version(self) -> str:
        """Name of the version being built."""
        return self._folder.name

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""
        self._shard.upsert(points)

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by key; vectors stay."""
        self._shard.replace_payloads(payloads)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        self._shard.delete(keys)

    def sink(self) -> Sink:
        """A folder that other processes put points into: a shard has one writer, which reads them in at the commit."""
        return Spool.create(self._folder / INCOMING)

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file beside the version."""
        if Path(name).name != name or name in ("manifest.json", "model", "shard", INCOMING):
            raise ValueError(f"{name!r} cannot be attached")
        self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        try:
            (self._folder / name).write_bytes(content)
        except OSError as error:
            raise StoreError(f"{self._folder / name} cannot be written: {error.strerror}.") from error

    def commit(self, manifest: Manifest) -> Candidate:
        """Make the version durable and visible."""
        try:
            for points in spooled(self._folder / INCOMING):
                self._shard.upsert(points)
            found = self._shard.count()
            if found != manifest.products:
                raise StoreError(
                    f"{self.version} holds {found} products, {manifest.products} were expected; dropped it."
                )
            manifest = self._finish(manifest)
        except BaseException:
            self.abort()
            raise
        self._done = True
        self._lock.release()
        return Candidate(self._store, manifest)

    def _finish(self, manifest: Manifest) -> Manifest:
        shutil.rmtree(self._folder / INCOMING, ignore_errors=True)
        self._shard.finish()
        manifest = manifest.stamped(self.version)
        self._write("manifest.json", manifest.to_json().encode())
        sync_tree(self._folder)
        final = self._folder.parents[1] / "versions" / self.version
        self._folder.rename(final)
        sync_folder(final.parent)
        return manifest

    def abort(self) -> None:
        """Drop what was written so far; harmless after a commit."""
        if self._done:
            return
        self._done = True
        self._shard.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()
