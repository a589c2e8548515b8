"""How long searches of a large index take and what they miss, for `million.py`: each function runs on its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.memory import anonymous_mib, resident_mib
from likewise.ingest.arrays import Float
from likewise.ingest.index import open_store
from likewise.search import SearchClient

from .million_data import Made

K = 6
FIRST = 500
"""Queries of a new process that are measured as they come, of all kinds in turn."""

ROUNDS = 3
"""Of the warm queries; the quietest counts, for others are on the machine."""

EXACT = 50
"""Exact searches, which take long."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to search: how many clusters it looks into, and whether with a filter that keeps one product in twelve."""

    name: str
    probe: int | str
    filtered: bool = False

    def asks(self, made: Made, at: int, clusters: int) -> dict[str, Any]:
        """Options of a search for one product."""
        probe = clusters if self.probe == "everywhere" else self.probe
        return {"probe": probe, **({"where": {made.column: made.value(at)}} if self.filtered else {})}


KINDS = (
    Kind("no filter", "everywhere"),
    Kind("probe 1", 1),
    Kind("probe 3", 3),
    Kind("filter of 8 %", "everywhere", filtered=True),
    Kind("probe 1 and filter", 1, filtered=True),
    Kind("exact", "all"),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Of one kind of search, by id, in milliseconds; `cpu_p95` are those of the processor, without the waiting."""

    kind: str
    p50: float
    p95: float
    p99: float
    cpu_p95: float
    recall: float


@dataclass(frozen=True, slots=True)
class Searched:
    """What opening and searching an index took in a new process.

    Attributes:
        open_s: seconds until the first search can be made.
        opened_mib, opened_own_mib: memory after opening: resident, and that without pages of files. The interpreter
            and the libraries are in it.
        first_p95: milliseconds, of the first queries.
        times: of warm queries.
        resident_mib, own_mib: memory after all searches.
    """

    open_s: float
    opened_mib: float
    opened_own_mib: float
    first_p95: float
    times: tuple[Times, ...]
    resident_mib: float
    own_mib: float


def truth(index: Path, made: Made, queries: int, seed: int) -> tuple[list[int], dict[str, Float]]:
    """Rows to ask for, and for each kind of search the scores of the nearest others: float32[queries, K]."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(np.flatnonzero(made.there), min(queries, int(made.there.sum())), replace=False).tolist()
    vectors = np.asarray(made.vectors)
    with open_store(index).open() as reader:
        width, clusterer = reader.manifest.index_dim, reader.clusterer()
    ranked = clusterer.rank(np.ascontiguousarray(vectors[rows][:, :width]), 3)
    found = {kind.name: np.empty((len(rows), K), np.float32) for kind in KINDS}
    for at, row in enumerate(rows):
        scores = vectors @ vectors[row]
        scores[row] = -np.inf
        for kind in KINDS:
            kept, _ = made.admitted(row, cluster=kind.probe == 1, value=kind.filtered)
            if kind.probe == 3:
                kept &= np.isin(made.clusters, ranked[at])
            found[kind.name][at] = _best(scores, kept)
    return rows, found


def _best(scores: Float, kept: NDArray[np.bool_]) -> Float:
    own = scores[kept]
    best = np.full(K, -np.inf, np.float32)
    nearest = -np.sort(-own[np.argpartition(-own, min(K, len(own) - 1))[:K]])
    best[: len(nearest)] = nearest[:K]
    return best


def search(folder: Path, made: Made, rows: Sequence[int], best: dict[str, Float]) -> Searched:
    """Open an index, and search it."""
    begun = time.perf_counter()
    client = SearchClient.open(folder)
    opened = time.perf_counter() - begun
    memory = resident_mib(), anonymous_mib()
    clusters = len(client.manifest.clusters)
    warm = [kind for kind in KINDS if kind.probe != "all"]
    first = [
        _ask(client, made, rows[at % len(rows)], warm[at % len(warm)], clusters)[0] for at in range(FIRST)
    ]  # fmt: skip
    times = tuple(_times(client, made, rows, kind, best[kind.name]) for kind in KINDS)
    client.close()
    return Searched(opened, *memory, _percentile(first, 95), times, resident_mib(), anonymous_mib())


def _times(client: SearchClient, made: Made, rows: Sequence[int], kind: Kind, best: Float) -> Times:
    clusters = len(client.manifest.clusters)
    asked = rows[: EXACT if kind.probe == "all" else None]
    rounds = []
    hit = 0
    for turn in range(1 if kind.probe == "all" else ROUNDS):
        answers = [_ask(client, made, row, kind, clusters) for row in asked]
        rounds.append([answer[:2] for answer in answers])
        if turn == 0:
            # Equally near ones are as good as each other.
            hit = sum(
                int((np.asarray(scores) >= best[at, K - 1] - 1e-5).sum()) for at, (_, _, scores) in enumerate(answers)
            )
    quiet = min(rounds, key=lambda each: _percentile([wall for wall, _ in each], 95))
    wall, cpu = ([times[of] for times in quiet] for of in (0, 1))
    p50, p95, p99 = (_percentile(wall, part) for part in (50, 95, 99))
    return Times(kind.name, p50, p95, p99, _percentile(cpu, 95), hit / (K * len(asked)))


def _ask(client: SearchClient, made: Made, row: int, kind: Kind, clusters: int) -> tuple[float, float, list[float]]:
    """Milliseconds by the clock and of the processor, and the scores."""
    name, how = made.name(row), kind.asks(made, row, clusters)
    begun, busy = time.perf_counter(), time.process_time()
    hits = client.similar(name, K, **how)
    spent = (time.perf_counter() - begun) * 1e3, (time.process_time() - busy) * 1e3
    return *spent, [hit.score for hit in hits]


def _percentile(values: Sequence[float], part: float) -> float:
    return float(np.percentile(values, part))
