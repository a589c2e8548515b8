"""Products without number that look like those of an index, for `million.py`.

Each is a real product, moved: by a random mixture of the ways to its twenty nearest neighbours, as long as one of these
ways, and by a little noise in all directions (a smoothed bootstrap). So vectors have the clumps, the spectrum and the
distances of the real ones, and what is near to a product is like it in all columns. Only the last column that a filter
can name gets one of twelve values at random: a filter on it has nothing to do with looks and keeps 8 %.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Point, Reader
from likewise.ingest.index.filters import Filter, OneOf
from likewise.ingest.model import cluster_label

NEIGHBOURS = 20
NOISE = 0.02
"""Standard deviation in each direction, of vectors of length 1."""

VALUES = 12
"""Values of the column that has nothing to do with looks."""

UPDATE = 20
"""One product in so many is written by the update."""

_BLOCK = 20_000


@dataclass(frozen=True)
class Made:
    """Made products in a folder.

    One row a product as it is at one time; the last rows are those of an update, of which four in five replace an
    earlier row, and for each other one an earlier product vanishes.

    Attributes:
        folder: with their vectors, the real products behind them, and these products' payloads.
        updated: whether the update has come.
    """

    folder: Path
    updated: bool = False

    @cached_property
    def vectors(self) -> Float:
        """float32[n, d], mapped."""
        return np.load(self.folder / "vectors.npy", mmap_mode="r")  # type: ignore[no-any-return]

    @cached_property
    def clusters(self) -> NDArray[np.int16]:
        """int16[n]."""
        return np.load(self.folder / "clusters.npy")  # type: ignore[no-any-return]

    @cached_property
    def values(self) -> NDArray[np.int8]:
        """int8[n]: the value of `column`."""
        return np.load(self.folder / "values.npy")  # type: ignore[no-any-return]

    @cached_property
    def column(self) -> str:
        """The column that has nothing to do with looks."""
        return str(json.loads((self.folder / "keys.json").read_text("utf-8"))["column"])

    @cached_property
    def _sources(self) -> NDArray[np.int32]:
        return np.load(self.folder / "sources.npy")  # type: ignore[no-any-return]

    @cached_property
    def _payloads(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "payloads.json").read_text("utf-8"))  # type: ignore[no-any-return]

    @cached_property
    def _keys(self) -> dict[str, Any]:
        return json.loads((self.folder / "keys.json").read_text("utf-8"))  # type: ignore[no-any-return]

    @cached_property
    def _ids(self) -> NDArray[np.int32]:
        return np.load(self.folder / "ids.npy")  # type: ignore[no-any-return]

    @cached_property
    def _gone(self) -> NDArray[np.bool_]:
        return np.load(self.folder / "gone.npy")  # type: ignore[no-any-return]

    @property
    def first(self) -> int:
        """Rows before the update."""
        return int(self._keys["rows"])

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """bool[n]: which rows are in the index."""
        return ~self._gone if self.updated else np.arange(len(self.clusters)) < self.first

    @cached_property
    def vanished(self) -> list[str]:
        """Names of the products that vanish with the update."""
        return [name(self._ids[at]) for at in np.flatnonzero(self._gone) if self._ids[at] not in self._replaced]

    @cached_property
    def _replaced(self) -> set[int]:
        return set(self._ids[self.first :].tolist())

    def payload(self, at: int) -> dict[str, Any]:
        """Of one product."""
        keys = self._keys
        payload = dict(self._payloads[self._sources[at]])
        payload[keys["id"]] = name(self._ids[at])
        payload[self.column] = self.value(at)
        payload[keys["cluster"]] = cluster_label(self.clusters[at])
        payload[keys["content"]] = f"{at:064x}"
        return payload

    def value(self, at: int) -> str:
        """Of the column that has nothing to do with looks."""
        return f"value {self.values[at]}"

    def points(self, start: int, stop: int) -> list[Point]:
        """Products, ready for an index."""
        # Mapped for a moment only: the memory of who writes them is measured.
        vectors = np.array(np.load(self.folder / "vectors.npy", mmap_mode="r")[start:stop])
        names = [name(number) for number in self._ids[start:stop]]
        return [
            Point(own, own, vector, self.payload(at))
            for at, own, vector in zip(range(start, start + len(vectors)), names, vectors, strict=True)
        ]

    def name(self, at: int) -> str:
        """The id of one product."""
        return name(self._ids[at])

    @cached_property
    def columns(self) -> frozenset[str]:
        """Those of the catalog."""
        return frozenset(self._keys["columns"])

    def sizes(self) -> dict[str, int]:
        """Products of each cluster."""
        found, counts = np.unique(self.clusters[self.there], return_counts=True)
        return {cluster_label(each): int(count) for each, count in zip(found, counts, strict=True)}

    def admitted(self, at: int, *, cluster: bool, value: bool) -> tuple[NDArray[np.bool_], tuple[Filter, ...]]:
        """Which products are in the cluster of one, have its value, or both; and the filters for that."""
        keys = self._keys
        kept, filters = self.there.copy(), []
        if cluster:
            kept &= self.clusters == self.clusters[at]
            filters.append(OneOf(keys["cluster"], (cluster_label(self.clusters[at]),)))
        if value:
            kept &= self.values == self.values[at]
            filters.append(OneOf(self.column, (self.value(at),)))
        return kept, tuple(filters)


def name(number: int) -> str:
    """The id of a product."""
    return f"A{number:09d}"


def make(reader: Reader, folder: Path, n: int, *, seed: int = 0) -> Made:
    """Make `n` products like those of an index, and 5 % of them anew.

    Raises:
        ParameterError: the index has too few, several pictures a product, or no column of texts that can be filtered.
    """
    schema = reader.manifest.schema
    texts = [key for key in schema.role("filtered") if schema.type_of(key) == "text"]
    records = list(reader.scroll(with_vector=True))
    if len(records) <= NEIGHBOURS or reader.manifest.several or not texts:
        raise ParameterError("Products are made like those of an index of single pictures, at least 21, with a column "
                             "of texts that can be filtered; this one has not.")  # fmt: skip
    folder.mkdir(parents=True)
    real = np.stack([np.asarray(record.vector, np.float32) for record in records])
    rng = np.random.default_rng(seed)
    near = np.argsort(-(real @ real.T), axis=1)[:, 1 : NEIGHBOURS + 1]
    new = n // UPDATE
    rows = n + new
    sources = rng.integers(0, len(real), rows).astype(np.int32)
    vectors = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, (rows, real.shape[1]))
    clusters, clusterer = np.empty(rows, np.int16), reader.clusterer()
    for start in range(0, rows, _BLOCK):
        own = sources[start : start + _BLOCK]
        shares = rng.normal(size=(len(own), NEIGHBOURS)).astype(np.float32) / np.sqrt(NEIGHBOURS)
        moved = real[own] + np.einsum("nk,nkd->nd", shares, real[near[own]] - real[own][:, None])
        moved += rng.normal(size=moved.shape) * NOISE
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        vectors[start : start + len(own)] = moved
        width = reader.manifest.index_dim
        clusters[start : start + len(own)] = clusterer.predict(np.ascontiguousarray(moved[:, :width], np.float32))
    vectors.flush()
    np.save(folder / "clusters.npy", clusters)
    np.save(folder / "sources.npy", sources)
    np.save(folder / "values.npy", rng.integers(0, VALUES, rows).astype(np.int8))
    gone = rng.choice(n, new, replace=False)
    ids = np.arange(rows, dtype=np.int32)
    ids[n : n + new * 4 // 5] = gone[: new * 4 // 5]
    np.save(folder / "ids.npy", ids)
    np.save(folder / "gone.npy", np.isin(np.arange(rows), gone))
    (folder / "payloads.json").write_text(json.dumps([record.payload for record in records]), "utf-8")
    keys = {ours: schema.key(ours) for ours in ("id", "cluster", "content")} | {
        "column": texts[-1],
        "rows": n,
        "columns": schema.names,
    }
    (folder / "keys.json").write_text(json.dumps(keys), "utf-8")
    return Made(folder)
