"""Ways to search in processes of their own, for `search.py`: built in one, opened and asked in another."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import numpy as np

from likewise.evaluation.memory import resident_mib
from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import open_store
from likewise.ingest.threads import limit_threads

from .million_data import Made, make
from .search_engines import Faiss, Hnswlib, LocalMode
from .search_rivals import Neighbors, Numpy, Study
from .search_ways import EVERYWHERE, OURS, Asked, K, Promise, Way, cluster_key

WAYS: Mapping[str, Way] = {
    "likewise": OURS[0],
    "likewise-all": OURS[1],
    "likewise-filter": OURS[2],
    "study": Study(),
    "numpy": Numpy(),
    "scikit-learn": Neighbors(),
    "faiss-flat": Faiss(),
    "faiss-hnsw": Faiss("faiss HNSW", graph=True),
    "hnswlib": Hnswlib(),
    "qdrant-local": LocalMode(),
}

TIE = 1e-5
"""Similarities that are so near are as good as each other."""


WARM_SECONDS = 0.2
"""Of searches that are not measured, before those that are; at least one."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build took: seconds by the clock and of the processor, and MiB on the disk."""

    seconds: float
    cpu_s: float
    disk_mib: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Of some queries: milliseconds by the clock and of the processor, and the rows that were found, a list each."""

    ms: list[float]
    cpu_ms: list[float]
    rows: list[list[int]]


def made_like(index: Path, folder: Path, products: int) -> Path:
    """Make products like those of an index in a folder."""
    with open_store(index).open() as reader:
        return make(reader, folder, products).folder


def build(key: str, index: Path, made: Made, folder: Path) -> Built:
    """What a way writes into a folder."""
    limit_threads(1)
    begun, busy = time.perf_counter(), time.process_time()
    WAYS[key].build(index, made, folder)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - busy
    used = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 2**20
    return Built(seconds, cpu, used)


def questions(made: Made, count: int, seed: int) -> list[Asked]:
    """Products to search for, drawn at random, each once while there are enough."""
    rows = np.random.default_rng(seed).choice(made.first, count, replace=count > made.first)
    found = []
    for row in map(int, rows):
        cluster = str(made.payload(row)[cluster_key(made)])
        vector = np.array(made.vectors[row])
        found.append(Asked(row, made.name(row), vector, cluster, made.column, made.value(row)))
    return found


def recalls(
    made: Made, asked: Sequence[Asked], found: Mapping[str, Sequence[list[int] | None]]
) -> dict[str, tuple[float, float]]:
    """Shares of the six nearest others that each way found: of what it promises to search, and of all products.

    Args:
        made: the products.
        asked: queries.
        found: by the key of the way, rows for each query; None where it was not asked.
    """
    limit_threads(1)
    matrix = np.ascontiguousarray(made.vectors[: made.first])
    shares: dict[str, list[tuple[float | None, float | None]]] = {key: [] for key in found}
    for at, each in enumerate(asked):
        scores = matrix @ each.vector
        for key, rows in found.items():
            here = rows[at]
            if here is not None:
                own = _recall(made, each, scores, here, WAYS[key].promise)
                shares[key].append((own, _recall(made, each, scores, here, EVERYWHERE)))
    return {key: (_mean([own for own, _ in each]), _mean([every for _, every in each])) for key, each in shares.items()}


def _mean(shares: Sequence[float | None]) -> float:
    known = [each for each in shares if each is not None]
    return sum(known) / len(known) if known else 1.0


def _recall(made: Made, asked: Asked, scores: Float, rows: Sequence[int], promise: Promise) -> float | None:
    kept = made.admitted(asked.row, cluster=promise.cluster, value=promise.value)[0][: made.first]
    kept[asked.row] = False
    best = np.sort(scores[kept])[::-1][:K]
    # Where there are fewer, ours looks further.
    return sum(bool(kept[row]) and scores[row] >= best[-1] - TIE for row in set(rows)) / K if len(best) == K else None


class Opened:
    """A way that was opened in a process of its own and waits for queries; it takes no processor while it waits.

    Attributes:
        memory_mib: resident after opening and a few searches, the interpreter and libraries included.
    """

    def __init__(self, key: str, folder: Path, warm: Sequence[Asked]) -> None:
        self._key = key
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, key, folder, list(warm)), daemon=True)
        self._process.start()
        theirs.close()
        self.memory_mib = float(self._received())

    def ask(self, asked: Sequence[Asked], seconds: float) -> Answers:
        """One query at a time, until so many seconds are over; at least one."""
        self._pipe.send((list(asked), seconds))
        return cast(Answers, self._received())

    def _received(self) -> Any:  # noqa: ANN401
        try:
            return self._pipe.recv()
        except EOFError:
            raise ParameterError(f"The process of {self._key} ended; is the memory enough?") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join()


def answers(way: Way, asked: Sequence[Asked], seconds: float) -> Answers:
    """Ask an opened way one query after the other, until so many seconds are over; at least one."""
    found, until = Answers([], [], []), time.perf_counter() + seconds
    for each in asked:
        begun, busy = time.perf_counter(), time.process_time()
        rows = way.search(each)
        ended = time.perf_counter()
        found.ms.append(1e3 * (ended - begun))
        found.cpu_ms.append(1e3 * (time.process_time() - busy))
        found.rows.append(rows)
        if ended > until:
            break
    return found


def _serve(pipe: Any, key: str, folder: Path, warm: Sequence[Asked]) -> None:  # noqa: ANN401 - a connection
    limit_threads(1)
    way = WAYS[key]
    way.open(folder)
    answers(way, warm, WARM_SECONDS)
    pipe.send(resident_mib())
    while True:
        try:
            asked, seconds = pipe.recv()
        except EOFError:
            return
        # The ways that were asked since have filled the processor's caches.
        answers(way, warm, WARM_SECONDS)
        pipe.send(answers(way, asked, seconds))
