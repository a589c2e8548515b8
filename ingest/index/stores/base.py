"""The protocol of stores: versions of an index, written once, published atomically, searched by many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ...catalog.product import FILTERABLE
from ...errors import IncompatibleError, StoreError
from ...model.model import Model
from ..manifest import Manifest

INDEXED = (*FILTERABLE, "cluster", "content")
"""Payload keys with a keyword index: whatever a filter can name."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A payload key must (or, `negated`, must not) hold one of `values`."""

    key: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A product ready for the index: its catalog id, float32[d] of unit length, and payload."""

    id: str
    vector: NDArray[np.float32]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A product found: `score` is the cosine similarity to the query, in [-1, 1]."""

    id: str
    score: float
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """A product as stored; `vector` is float32[d] when it was asked for."""

    id: str
    payload: dict[str, Any]
    vector: NDArray[np.float32] | None = None

    def point(self) -> Point:
        """As it is written again.

        Raises:
            StoreError: it was stored without a vector.
        """
        if self.vector is None:
            raise StoreError(f"{self.id} has no vector; roll back to another version.")
        return Point(self.id, self.vector, self.payload)


@dataclass(frozen=True, slots=True)
class Query:
    """One nearest-neighbour question: cosine to `vector` among the products that meet all `conditions`.

    An `exact` one compares with every product; else an index of neighbours may be used, where a store has one.
    """

    vector: NDArray[np.float32]
    limit: int
    conditions: tuple[Condition, ...] = ()
    exclude: tuple[str, ...] = ()
    score_threshold: float | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version as `likewise index list` shows it.

    Attributes:
        name: as `open` takes it.
        current: whether searches read it.
        manifest: None when it cannot be read: another release wrote it, or it is damaged.
        problem: why not.
    """

    name: str
    current: bool
    manifest: Manifest | None = field(repr=False)
    problem: str = ""

    @classmethod
    def read(cls, name: str, current: bool, manifest: Callable[[], Manifest]) -> Self:
        """A version, also one whose manifest cannot be read: it can still be listed, published and deleted."""
        try:
            return cls(name, current, manifest())
        except (StoreError, IncompatibleError) as error:
            return cls(name, current, None, str(error))


class Writer(Protocol):
    """Builds one version; nothing of it is visible before `commit`."""

    @property
    def version(self) -> str:
        """Name of the version being built."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace products."""

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of indexed products, by id; their vectors stay."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove products; unknown ids are ignored."""

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file such as `rejects.csv` beside the version."""

    def commit(self, manifest: Manifest) -> str:
        """Make the version durable and visible (not yet current); returns its name.

        Raises:
            StoreError: when the count in the store is not `manifest.products`.
        """

    def abort(self) -> None:
        """Give up; nothing becomes visible. Harmless after a commit."""


class Reader(Protocol):
    """One version, opened for searching."""

    @property
    def version(self) -> str:
        """Name of the version."""

    @property
    def manifest(self) -> Manifest:
        """What built the version."""

    @property
    def unfinished(self) -> bool:
        """Whether an update in place was interrupted: products and manifest may not agree."""

    def model(self) -> Model:
        """The fitted model that travels with the version; its hash is checked against the manifest."""

    def attachments(self) -> list[str]:
        """Names of the small files that were kept beside the version."""

    def attachment(self, name: str) -> bytes:
        """A small file that was kept beside the version.

        Raises:
            NotFoundError: the version has no such file.
        """

    def search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """Answer every query, best hit first; scores tie-break by the store's internal order."""

    def retrieve(self, ids: Sequence[str], *, with_vector: bool = False) -> list[Record | None]:
        """The products with these ids, in this order; None where there is no such product."""

    def scroll(
        self, conditions: Sequence[Condition] = (), *, with_vector: bool = False, batch: int = 1000
    ) -> Iterator[Record]:
        """All products that meet the conditions, in a stable order."""

    def count(self, conditions: Sequence[Condition] = ()) -> int:
        """Exact number of products that meet the conditions."""

    def close(self) -> None:
        """Release files or connections."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Store(Protocol):
    """Where the versions of one index live.

    Attributes:
        in_place: whether `amend` exists: copying a version is dear here, changing it is not.
    """

    in_place: bool

    @property
    def where(self) -> str:
        """The address, for messages; never holds a key."""

    def exclusive(self) -> AbstractContextManager[None]:
        """The right to write, for a run of several steps; a process that dies gives it back.

        Raises:
            StoreBusyError: another process has it.
        """

    def create_version(
        self, manifest: Manifest, model: Model, *, parent: str | None = None, variant: str = ""
    ) -> Writer:
        """Begin a version, empty or, with `parent`, as a copy of that version.

        Args:
            manifest: what the version will be.
            model: what places its products.
            parent: version to copy.
            variant: what else its points depend on; an interrupted upload is only taken up by one of the same.

        Raises:
            StoreBusyError: when another process is writing to this store.
        """

    def amend(self, version: str, *, touched: Sequence[str] | None = None) -> Writer:
        """Change a committed version in place, where `in_place` is true; its model stays.

        Searches see every batch as it arrives; `commit` replaces the manifest. Until then the version is marked as
        `unfinished`.

        Args:
            version: name of the version.
            touched: ids of all products that will be added, changed or removed. With them the amendment is
                provisional: also after its commit the version stays unfinished until `settle`, and `take_back`
                can undo everything, in any process.

        Raises:
            NotFoundError: no such version.
        """

    def settle(self, version: str) -> None:
        """Let a provisional amendment stay."""

    def take_back(self, version: str) -> bool:
        """Undo a provisional amendment that was not settled; False when there is none."""

    def publish(self, version: str) -> None:
        """Make a committed version current, atomically."""

    def rollback(self) -> str:
        """Publish the version that was current before, atomically; returns its name.

        Versions that were committed but never published are passed over.

        Raises:
            NotFoundError: nothing else was ever published, or it is deleted.
        """

    def history(self) -> list[str]:
        """Published versions from the current one back; some may be deleted by now."""

    def current(self) -> str | None:
        """Name of the current version, None before the first publish."""

    def open(self, version: str | None = None) -> Reader:
        """Open a version (default: the current one) for searching.

        Raises:
            NotFoundError: no such version, or nothing published yet.
        """

    def versions(self) -> list[VersionInfo]:
        """Committed versions, oldest first, also those whose manifest cannot be read."""

    def delete(self, version: str) -> None:
        """Delete a version that is not current."""

    def sweep(self) -> None:
        """Finish deletions that a killed process left half done.

        Raises:
            StoreBusyError: when another process is writing to this store.
        """
