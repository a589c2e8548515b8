"""One version of an embedded store, opened for searching."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from ....catalog import Value
from ....errors import NotFoundError, StoreError, VersionGoneError
from ....model import Clusterer, Model, with_network
from ...filters import EVERYTHING, Filter, Scalar
from ...manifest import Manifest
from ..graphs import LARGE
from ..points import Hit, Query, Record
from .shard import Shard
from .warming import Warming

A = TypeVar("A")
B = TypeVar("B")


class EmbeddedReader:
    """One version of an embedded store, opened for searching."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self.version = version
        manifest = read_manifest(folder)
        self.manifest = replace(manifest, encoder=with_network(manifest.encoder, folder / "model"))
        self._shard = Shard.load(folder / "shard", self.manifest)
        self._warming = Warming(folder / "shard")

    def model(self) -> Model:
        """The fitted model, checked against the manifest."""
        return Model.load(self._files() / "model").verified(self.manifest.model_hash, self.version)

    def clusterer(self) -> Clusterer:
        """The model's clusterer alone."""
        return Model.load_clusterer(self._files() / "model")

    def attachments(self) -> list[str]:
        """Names of the small files that were kept beside the version."""
        return sorted(path.name for path in self._files().iterdir() if path.is_file() and path.name != "manifest.json")

    def attachment(self, name: str) -> bytes:
        """A small file that was kept beside the version."""
        path = self._files() / name
        if path.parent != self._folder or not path.is_file():
            raise NotFoundError(f"{self.version} keeps no file {name!r}.")
        return path.read_bytes()

    def _files(self) -> Path:
        """The folder; the shard needs it no more, once it is open."""
        if not self._folder.is_dir():
            raise VersionGoneError(f"The version {self.version} was deleted while it was read; open the current one.")
        return self._folder

    def search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """Answer every query, best hit first."""
        return self._shard.search(queries)

    def retrieve(self, ids: Sequence[str], *, with_vector: bool = False) -> list[Record | None]:
        """The products with these ids, in this order."""
        return self._shard.retrieve(ids, with_vector=with_vector)

    def scroll(self, where: Filter = EVERYTHING, *, with_vector: bool = False, batch: int = 1000) -> Iterator[Record]:
        """All products that the filter admits."""
        return self._shard.scroll(where, with_vector=with_vector, batch=batch)

    def count(self, where: Filter = EVERYTHING) -> int:
        """Exact number of products that the filter admits."""
        return self._shard.count(where)

    def facet(self, key: str, where: Filter = EVERYTHING) -> dict[Scalar, int]:
        """Exact number of products that the filter admits for each value of an indexed key."""
        return self._shard.facet(key, where)

    def extreme(self, key: str, where: Filter = EVERYTHING, *, largest: bool = False) -> Value | None:
        """The smallest or largest value of an indexed key with an order among the products that the filter admits."""
        return self._shard.extreme(key, where, largest=largest)

    def together(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        """One after the other: no thread is as fast as either."""
        return first(), second()

    def warm(self) -> None:
        """Read a large version's files ahead of the searches that will need them; it waits for a moment of that."""
        if self.manifest.products > LARGE:
            self._warming.start()

    def close(self) -> None:
        """Release the files."""
        self._warming.stop()
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
    return Manifest.from_json(text, where=str(path), encoder=lambda: _encoder(folder))


def _encoder(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "model" / "encoder.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"The model in {folder} has no readable encoder.json ({error}).") from error
    return found
