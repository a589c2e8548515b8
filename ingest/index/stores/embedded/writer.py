"""Builds one version of an embedded store."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ....errors import StoreError
from ...manifest import Manifest, library_versions
from ..base import Point
from ..files import Lock, sync_folder, sync_tree
from .shard import Shard


class EmbeddedWriter:
    """Builds one version in `building/`; holds the store's lock until it commits or aborts."""

    def __init__(self, root: Path, folder: Path, shard: Shard, lock: Lock) -> None:
        self._root = root
        self._folder = folder
        self._shard = shard
        self._lock = lock
        self._done = False

    @property
    def version(self) -> str:
        """Name of the version being built."""
        return self._folder.name

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace products."""
        self._shard.upsert(points)

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace payloads by id; vectors stay."""
        self._shard.replace_payloads(payloads)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove products; unknown ids are ignored."""
        self._shard.delete(ids)

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file beside the version."""
        if Path(name).name != name or name in ("manifest.json", "model", "shard"):
            raise ValueError(f"{name!r} cannot be attached")
        self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        try:
            (self._folder / name).write_bytes(content)
        except OSError as error:
            raise StoreError(f"{self._folder / name} cannot be written: {error.strerror}.") from error

    def commit(self, manifest: Manifest) -> str:
        """Make the version durable and visible."""
        found = self._shard.count()
        try:
            if found != manifest.products:
                raise StoreError(
                    f"{self.version} holds {found} products, {manifest.products} were expected; dropped it."
                )
            self._finish(manifest)
        except BaseException:
            self.abort()
            raise
        self._done = True
        self._lock.release()
        return self.version

    def _finish(self, manifest: Manifest) -> None:
        self._shard.finish()
        self._shard.close()
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = dataclasses.replace(manifest, version=self.version, created_at=stamp, libraries=library_versions())
        self._write("manifest.json", manifest.to_json().encode())
        sync_tree(self._folder)
        final = self._root / "versions" / self.version
        self._folder.rename(final)
        sync_folder(final.parent)

    def abort(self) -> None:
        """Drop what was written so far; harmless after a commit."""
        if self._done:
            return
        self._done = True
        self._shard.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()
