"""Versions of one index in a folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from ....errors import NotFoundError, ParameterError, StoreError
from ....model import Model
from ...manifest import Manifest
from ..base import VersionInfo
from ..files import copy_tree, sync_folder, write_durably
from ..locks import Lock
from .growing import GrowingShard
from .reader import EmbeddedReader, read_manifest
from .writer import EmbeddedWriter

_NAME = re.compile(r"v\d{6,}")


class EmbeddedStore:
    """Versions of one index in a folder.

    Args:
        folder: where the index lives.
        create: make the folder when it is missing, as soon as something is written.

    Raises:
        StoreError: the folder is missing and not to be made, or is no store.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._lock = Lock(folder / "lock")
        self._publishing = Lock(folder / "publish.lock")
        self._running = Lock(folder / "run.lock")
        if not create and not (folder / "versions").is_dir():
            raise StoreError(
                f"There is no index in {folder}. Create one with `likewise ingest CATALOG --store {folder}`."
            )

    @property
    def where(self) -> str:
        """The folder, for messages."""
        return str(self.folder)

    def exclusive(self, timeout: float = 0.0) -> AbstractContextManager[None]:
        """One run of several steps at a time."""
        self._make()
        return self._running.held(timeout)

    @property
    def left_features(self) -> Path | None:
        """The folder of features that an earlier release kept beside the versions."""
        folder = self.folder / "embeddings"
        return folder if folder.is_dir() else None

    def begin(
        self,
        manifest: Manifest,
        model: Model,
        *,
        parent: str | None = None,
        share: float = 1.0,  # noqa: ARG002 - copying is cheap here
        variant: str = "",  # noqa: ARG002
    ) -> EmbeddedWriter:
        """Begin a version; what a killed predecessor left unfinished is removed first."""
        self._make()
        self._lock.acquire()
        try:
            self._clear()
            numbers = [int(name[1:]) for name in self._names()]
            folder = self.folder / "building" / f"v{max(numbers, default=0) + 1:06d}"
            model.save(folder / "model")
            if parent is None:
                shard = GrowingShard.begin(folder, manifest)
            else:
                copy_tree(self._path(parent) / "shard", folder / "shard")
                shard = GrowingShard.following(folder, manifest, read_manifest(self._path(parent)))
        except BaseException:
            self._lock.release()
            raise
        return EmbeddedWriter(self, folder, shard, self._lock)

    def publish(self, version: str) -> None:
        """Make a committed version current."""
        with self._publishing.held():
            self._path(version)
            self._write_published([version, *(name for name in self.history() if name != version)])

    def rollback(self) -> str:
        """Publish the version that was current before."""
        with self._publishing.held():
            kept = [name for name in self.history()[1:] if name in self._names()]
            if not kept:
                raise NotFoundError(
                    f"No version of {self.folder} was published before {self.current() or 'any other'}."
                )
            self._write_published(kept)
        return kept[0]

    def current(self) -> str | None:
        """Name of the current version."""
        return next(iter(self.history()), None)

    def history(self) -> list[str]:
        """Published versions, newest first; some may be deleted by now."""
        path = self.folder / "CURRENT"
        try:
            names = path.read_text("ascii").split()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{path} cannot be read ({error}). Publish a version again.") from error
        wrong = [name for name in names if not _NAME.fullmatch(name)]
        if wrong:
            raise StoreError(f"{path} holds {wrong[0][:80]!r}, not a version. Delete the file and publish one again.")
        return names

    def _write_published(self, names: Sequence[str]) -> None:
        write_durably(self.folder / "CURRENT", "".join(f"{name}\n" for name in names).encode())

    def open(self, version: str | None = None) -> EmbeddedReader:
        """Open a version for searching."""
        while True:
            name = version or self.current()
            if name is None:
                raise NotFoundError(f"Nothing is published in {self.folder} yet; run `likewise ingest` to its end.")
            try:
                return EmbeddedReader(self._path(name), name)
            except (NotFoundError, StoreError):
                # A publish and a prune may have come between reading CURRENT and opening.
                if version is None and self.current() != name:
                    continue
                raise

    def versions(self) -> list[VersionInfo]:
        """Committed versions, oldest first."""
        current = self.current()
        return [
            VersionInfo.read(name, name == current, partial(read_manifest, self._path(name))) for name in self._names()
        ]

    def delete(self, version: str) -> None:
        """Delete a version that is not current."""
        with self._lock.held(), self._publishing.held():
            path = self._path(version)
            if version == self.current():
                raise ParameterError(f"{version} is the current version; publish another one first.")
            doomed = self.folder / "building" / f"{version}.deleted"
            path.rename(doomed)
            sync_folder(self.folder / "versions")
            shutil.rmtree(doomed)

    def close(self) -> None:
        """Nothing to release: every reader has files of its own."""

    def sweep(self) -> None:
        """Remove what killed processes left in `building/`."""
        self._make()
        with self._lock.held():
            self._clear()

    def _make(self) -> None:
        try:
            for part in ("versions", "building"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {self.folder} cannot be created: {error.strerror}.") from error

    def _clear(self) -> None:
        for leftover in (self.folder / "building").iterdir():
            shutil.rmtree(leftover)

    def _names(self) -> list[str]:
        versions = self.folder / "versions"
        found = [path.name for path in versions.iterdir()] if versions.is_dir() else []
        return sorted((name for name in found if _NAME.fullmatch(name)), key=lambda name: int(name[1:]))

    def _path(self, version: str) -> Path:
        if not _NAME.fullmatch(version) or not (self.folder / "versions" / version).is_dir():
            known = ", ".join(self._names()[-5:]) or "none"
            raise NotFoundError(f"There is no version {version!r} in {self.folder}. Latest: {known}.")
        return self.folder / "versions" / version
