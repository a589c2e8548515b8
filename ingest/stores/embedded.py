"""The embedded store: a folder with one Qdrant Edge shard a version.

CURRENT                    the published version and, below it, its predecessors, newest first;
                           replaced by an atomic rename
versions/<name>/           manifest.json, model/, shard/, rejects.csv: never written to again
building/<name>/           a version in the making; renamed into versions/ by commit
embeddings/                the cache of feature vectors, shared by all versions
lock                       held by the one process that writes; publish.lock and run.lock likewise
"""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ..errors import IncompatibleError, NotFoundError, ParameterError, StoreError
from ..manifest import Manifest, library_versions
from ..model import Model
from .base import Condition, Hit, Point, Query, Record, VersionInfo
from .edge import Shard
from .files import Lock, sync_folder, sync_tree, write_durably

_NAME = re.compile(r"v\d{6,}")


class EmbeddedStore:
    """Versions of one index in a folder.

    Args:
        folder: where the index lives.
        create: make the folder when it is missing.

    Raises:
        StoreError: the folder is missing, is not a store, or cannot be created.
    """

    in_place = False

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._lock = Lock(folder / "lock")
        self._publishing = Lock(folder / "publish.lock")
        self._running = Lock(folder / "run.lock")
        try:
            if create:
                for part in ("versions", "building"):
                    (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {folder} cannot be created: {error.strerror}.") from error
        if not (folder / "versions").is_dir():
            raise StoreError(
                f"There is no index in {folder}. Create one with `likewise ingest CATALOG --store {folder}`."
            )

    @property
    def where(self) -> str:
        """The folder, for messages."""
        return str(self.folder)

    def exclusive(self) -> AbstractContextManager[None]:
        """One run of several steps at a time."""
        return self._running.held()

    @property
    def embeddings(self) -> Path:
        """Folder of the embedding cache."""
        return self.folder / "embeddings"

    def create_version(self, manifest: Manifest, model: Model, *, parent: str | None = None) -> EmbeddedWriter:
        """Begin a version; what a killed predecessor left unfinished is removed first."""
        self._lock.acquire()
        try:
            for leftover in (self.folder / "building").iterdir():
                shutil.rmtree(leftover)
            numbers = [int(name[1:]) for name in self._names()]
            folder = self.folder / "building" / f"v{max(numbers, default=0) + 1:06d}"
            model.save(folder / "model")
            if parent is None:
                shard = Shard.create(folder / "shard", manifest.dim)
            else:
                shutil.copytree(self._path(parent) / "shard", folder / "shard")
                shard = Shard.load(folder / "shard")
        except BaseException:
            self._lock.release()
            raise
        return EmbeddedWriter(self, folder, shard, self._lock)

    def amend(self, version: str) -> EmbeddedWriter:
        """Refused: an embedded version never changes once it is committed."""
        raise ParameterError(f"{version} of {self.folder} cannot be changed; create a version with it as parent.")

    def publish(self, version: str) -> None:
        """Make a committed version current."""
        with self._publishing.held():
            self._path(version)
            self._write_published([version, *(name for name in self._published() if name != version)])

    def rollback(self) -> str:
        """Publish the version that was current before."""
        with self._publishing.held():
            kept = [name for name in self._published()[1:] if name in self._names()]
            if not kept:
                raise NotFoundError(
                    f"No version of {self.folder} was published before {self.current() or 'any other'}."
                )
            self._write_published(kept)
        return kept[0]

    def current(self) -> str | None:
        """Name of the current version."""
        return next(iter(self._published()), None)

    def _published(self) -> list[str]:
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
        return [VersionInfo(name, name == current, read_manifest(self._path(name))) for name in self._names()]

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

    def _names(self) -> list[str]:
        found = (path.name for path in (self.folder / "versions").iterdir())
        return sorted((name for name in found if _NAME.fullmatch(name)), key=lambda name: int(name[1:]))

    def _path(self, version: str) -> Path:
        if not _NAME.fullmatch(version) or not (self.folder / "versions" / version).is_dir():
            known = ", ".join(self._names()[-5:]) or "none"
            raise NotFoundError(f"There is no version {version!r} in {self.folder}. Latest: {known}.")
        return self.folder / "versions" / version


class EmbeddedWriter:
    """Builds one version in `building/`; holds the store's lock until it commits or aborts."""

    def __init__(self, store: EmbeddedStore, folder: Path, shard: Shard, lock: Lock) -> None:
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
        final = self._store.folder / "versions" / self.version
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


class EmbeddedReader:
    """One version of an embedded store, opened for searching."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self.version = version
        self.manifest = read_manifest(folder)
        self._shard = Shard.load(folder / "shard")

    def model(self) -> Model:
        """The fitted model, checked against the manifest."""
        model = Model.load(self._folder / "model")
        if model.hash != self.manifest.model_hash:
            raise IncompatibleError(
                "model_hash",
                self.manifest.model_hash,
                model.hash,
                f"The model of {self.version} was altered; roll back.",
            )
        return model

    def attachments(self) -> list[str]:
        """Names of the small files that were kept beside the version."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_file() and path.name != "manifest.json")

    def attachment(self, name: str) -> bytes:
        """A small file that was kept beside the version."""
        path = self._folder / name
        if path.parent != self._folder or not path.is_file():
            raise NotFoundError(f"{self.version} keeps no file {name!r}.")
        return path.read_bytes()

    def search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """Answer every query, best hit first."""
        return self._shard.search(queries)

    def retrieve(self, ids: Sequence[str], *, with_vector: bool = False) -> list[Record | None]:
        """The products with these ids, in this order."""
        return self._shard.retrieve(ids, with_vector=with_vector)

    def scroll(
        self, conditions: Sequence[Condition] = (), *, with_vector: bool = False, batch: int = 1000
    ) -> Iterator[Record]:
        """All products that meet the conditions."""
        return self._shard.scroll(conditions, with_vector=with_vector, batch=batch)

    def count(self, conditions: Sequence[Condition] = ()) -> int:
        """Exact number of products that meet the conditions."""
        return self._shard.count(conditions)

    def close(self) -> None:
        """Release the files."""
        self._shard.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a version's folder.

    Raises:
        StoreError: missing or damaged.
    """
    path = folder / "manifest.json"
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read ({error}). Roll back to another version.") from error
    return Manifest.from_json(text, where=str(path))
