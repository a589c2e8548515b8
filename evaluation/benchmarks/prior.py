"""What a prior on attributes costs a search: vectors of twice the width, against plain cosine, in one run."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.index import Point, Query
from likewise.ingest.model import unit_rows

from .shards import Shard, make_shard

DIM = 100
K = 6


@dataclass(frozen=True, slots=True)
class PriorCost:
    """Milliseconds of a search, p50, over all products; and their ratio."""

    products: int
    cosine_ms: float
    prior_ms: float

    @property
    def ratio(self) -> float:
        """How much longer a search with a prior takes."""
        return self.prior_ms / self.cosine_ms


def measure(products: int, *, searches: int = 300, rounds: int = 3, seed: int = 0) -> PriorCost:
    """Search two shards of synthetic products in turn, exactly as an index with and without a prior would be."""
    rng = np.random.default_rng(seed)
    appearance = _clumps(rng, products)
    # Products carry one of some hundred combinations of attributes.
    attributes = _clumps(rng, 300)[rng.integers(0, 300, products)]
    with tempfile.TemporaryDirectory(prefix="likewise-bench-") as folder:
        plain = make_shard(Path(folder) / "plain", _points(appearance), "cosine")
        both = make_shard(Path(folder) / "both", _points(np.hstack([appearance, attributes])), "dot")
        chosen = rng.integers(0, products, searches)
        queries = {
            plain: appearance[chosen],
            both: np.hstack([0.05 * appearance[chosen], 0.95 * attributes[chosen]]),
        }
        spent: dict[Shard, list[float]] = {plain: [], both: []}
        for _ in range(rounds):
            for shard, vectors in queries.items():
                spent[shard] += [_timed(shard, vector) for vector in vectors]
        cost = PriorCost(products, *(1000 * float(np.median(spent[shard])) for shard in (plain, both)))
        plain.close()
        both.close()
    return cost


def _clumps(rng: np.random.Generator, n: int) -> Float:
    centres = rng.normal(size=(60, DIM))
    return unit_rows(np.ascontiguousarray(centres[rng.integers(0, 60, n)] + rng.normal(size=(n, DIM)), np.float32))


def _points(vectors: Float) -> list[Point]:
    keys = map(str, range(len(vectors)))
    return [
        Point(key, key, vector, {"id": key, "cluster": str(at % 10)})
        for at, (key, vector) in enumerate(zip(keys, vectors, strict=True))
    ]


def _timed(shard: Shard, vector: Float) -> float:
    begin = time.perf_counter()
    shard.search([Query(vector, K)])
    return time.perf_counter() - begin
