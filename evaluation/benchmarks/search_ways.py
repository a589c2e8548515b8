"""What a way to search is, ours among them, for `search.py`."""

from __future__ import annotations

import dataclasses
import importlib.util
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.features import BLOCK
from likewise.ingest.index import open_store
from likewise.ingest.index.filters import OneOf
from likewise.search import SearchClient

from .million_data import Made

K = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """A product to search for.

    Attributes:
        row: of it among the made products.
        name: its id.
        vector: float32[d], of unit length.
        cluster: it lies in.
        column, value: of the column that has nothing to do with looks.
    """

    row: int
    name: str
    vector: Float
    cluster: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What a way searches: only the query's cluster, only products with its value, or all."""

    cluster: bool = False
    value: bool = False


EVERYWHERE, IN_CLUSTER, IN_BOTH = Promise(), Promise(cluster=True), Promise(cluster=True, value=True)


@dataclass
class Way(ABC):
    """One way to search.

    Attributes:
        name: in words.
        lacks: what it does not do.
        promise: what it searches.
        most: products that it can bear in minutes.
        package: what has to be importable for it.
        extra: of ours that installs the package.
    """

    name: str
    lacks: str
    promise: Promise = EVERYWHERE
    most: int = 10**9
    package: str = "numpy"
    extra: str = ""

    @property
    def built(self) -> str:
        """Name of what it builds; ways that share it are built once."""
        return self.name

    @abstractmethod
    def build(self, index: Path, made: Made, folder: Path) -> None:
        """Write all that a search needs into a folder, from products like those of an index."""

    @abstractmethod
    def open(self, folder: Path) -> None:
        """Get ready to search what was built."""

    @abstractmethod
    def search(self, asked: Asked) -> list[int]:
        """Rows of the six nearest others, best first."""


@dataclass
class Likewise(Way):
    """Ours: the public client, by id, which reads the vector by itself and answers with payloads."""

    name: str = "likewise, by id"
    lacks: str = "-"
    promise: Promise = IN_CLUSTER
    probe: Literal["all"] | int = 1
    _client: Any = field(default=None, repr=False)

    @property
    def built(self) -> str:
        """One index for all of ours."""
        return "likewise"

    def build(self, index: Path, made: Made, folder: Path) -> None:
        """As an ingest does once the vectors are known: written, indexed, synced to the disk and published."""
        products = made.first
        with open_store(index).open() as reader:
            manifest = dataclasses.replace(
                reader.manifest, products=products, pictures=products, clusters=made.sizes(), parent=None, rejects=0
            )
            writer = open_store(folder, create=True).begin(manifest, reader.model())
        for start in range(0, products, BLOCK):
            writer.upsert(made.points(start, min(start + BLOCK, products)))
        writer.commit(manifest).publish()

    def open(self, folder: Path) -> None:
        """A client of the index."""
        self._client = SearchClient.open(folder)

    def search(self, asked: Asked) -> list[int]:
        """By `SearchClient.similar`."""
        where = {asked.column: asked.value} if self.promise.value else None
        return [row_of(hit.id) for hit in self._client.similar(asked.name, K, probe=self.probe, where=where)]


def row_of(name: str) -> int:
    """The row of a product by its id."""
    return int(name[1:])


def others(rows: Any, asked: Asked) -> list[int]:  # noqa: ANN401 - an array or a list
    """The first six of rows in order that are not the product itself."""
    return [int(row) for row in rows if row != asked.row and row >= 0][:K]


def vectors(made: Made) -> Float:
    """float32[n, d] of all products, the very numbers that ours get."""
    return np.ascontiguousarray(made.vectors[: made.first])


def cluster_key(made: Made) -> str:
    """The key of the cluster in payloads."""
    _, filters = made.admitted(0, cluster=True, value=False)
    return "".join(each.key for each in filters if isinstance(each, OneOf))


def is_there(way: Way) -> bool:
    """Whether its package is installed."""
    return importlib.util.find_spec(way.package) is not None


OURS = (
    Likewise(),
    Likewise("likewise, every cluster", promise=EVERYWHERE, probe="all"),
    Likewise("likewise, with a filter", promise=IN_BOTH),
)
"""Of these the first is what the others are compared with."""
