"""The protocol of stores: versions of an index, written once, published atomically, searched by many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from ...catalog import Value
from ...errors import IncompatibleError, StoreError
from ...model import Clusterer, Model
from ..filters import EVERYTHING, Filter, Scalar
from ..manifest import Manifest
from .points import Hit, Point, Query, Record

A = TypeVar("A")
B = TypeVar("B")


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


class Sink(Protocol):
    """Takes points in another process than the one that builds the version; can be pickled."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points; they have arrived when this returns."""


class Writer(Protocol):
    """Builds one version; what searches read does not change."""

    @property
    def version(self) -> str:
        """Name of the version being built."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points."""

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of points, by key; their vectors stay."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file such as `rejects.csv` beside the version."""

    def sink(self) -> Sink:
        """What other processes upload points with; the right to write stays here."""

    def commit(self, manifest: Manifest) -> Candidate:
        """Make the version durable: it can be opened by its name, and searches still read the current one.

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

    def model(self) -> Model:
        """The fitted model that travels with the version; its hash is checked against the manifest."""

    def clusterer(self) -> Clusterer:
        """The model's clusterer without its reducer, which may be large; the hash of both cannot be checked then."""

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

    def scroll(self, where: Filter = EVERYTHING, *, with_vector: bool = False, batch: int = 1000) -> Iterator[Record]:
        """All products that the filter admits, in a stable order."""

    def count(self, where: Filter = EVERYTHING) -> int:
        """Exact number of products that the filter admits."""

    def facet(self, key: str, where: Filter = EVERYTHING) -> dict[Scalar, int]:
        """Exact number of products that the filter admits for each value of an indexed key, at most `MAX_FACETS`.

        The key's values are texts, members of lists, whole numbers or truth values.
        """

    def extreme(self, key: str, where: Filter = EVERYTHING, *, largest: bool = False) -> Value | None:
        """The smallest or largest value of an indexed key with an order among the products that the filter admits.

        None where no such product has a value.
        """

    def together(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        """What two calls of this reader answer that need nothing of each other: at once, where each is a round trip."""

    def warm(self) -> None:
        """Make ready for many searches, where the first ones would be slower: half a second, the rest behind them."""

    def close(self) -> None:
        """Release files or connections."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class Store(Protocol):
    """Where the versions of one index live."""

    @property
    def where(self) -> str:
        """The address, for messages; never holds a key."""

    @property
    def left_features(self) -> Path | None:
        """Folder of the features that an earlier release kept in the store, None where there are none."""

    def exclusive(self, timeout: float = 0.0) -> AbstractContextManager[None]:
        """The right to write, for a run of several steps; a process that dies gives it back.

        It is waited for at most `timeout` seconds.

        Raises:
            StoreBusyError: another process has it.
        """

    def begin(
        self,
        manifest: Manifest,
        model: Model,
        *,
        parent: str | None = None,
        share: float = 1.0,
        variant: str = "",
    ) -> Writer:
        """Begin a version, empty or, with `parent`, with everything that this version holds.

        Nothing that is written can be read by anyone before the commit, and no search reads it before the publish.

        Args:
            manifest: what the version will be; its number of products is what is expected, or 0.
            model: what places its products.
            parent: version to go on from; later ones that are not current may go.
            share: how much of the parent is about to change, from 0 to 1; where a copy is dear, a small difference is
                written beside it.
            variant: what else its points depend on; an interrupted upload is only taken up by one of the same.

        Raises:
            StoreBusyError: when another process is writing to this store.
        """

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

    def close(self) -> None:
        """Release connections; what was opened from the store is not usable any longer."""

    def sweep(self) -> None:
        """Finish deletions that a killed process left half done.

        Raises:
            StoreBusyError: when another process is writing to this store.
        """


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is written, and not yet published: it stays in the store until it is, or a prune removes it."""

    store: Store
    manifest: Manifest

    @property
    def version(self) -> str:
        """Its name."""
        return self.manifest.version

    def open(self) -> Reader:
        """Open it, for whoever judges it."""
        return self.store.open(self.version)

    def publish(self) -> None:
        """Make it the version that searches read, from one moment to the next."""
        self.store.publish(self.version)
