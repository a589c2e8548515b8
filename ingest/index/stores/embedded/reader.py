"""One version of an embedded store, opened for searching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from ....errors import NotFoundError, StoreError
from ....model.model import Model
from ...manifest import Manifest
from ..base import Condition, Hit, Query, Record
from .shard import Shard


class EmbeddedReader:
    """One version of an embedded store, opened for searching."""

    unfinished = False

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self.version = version
        self.manifest = read_manifest(folder)
        self._shard = Shard.load(folder / "shard")

    def model(self) -> Model:
        """The fitted model, checked against the manifest."""
        return Model.load(self._folder / "model").verified(self.manifest.model_hash, self.version)

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
