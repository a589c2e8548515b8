"""The same vectors compared one by one by others, for `search.py`: they are handed the vector of the query."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from likewise.ingest.arrays import Float

from .million_data import Made
from .search_ways import Asked, K, Way, others, vectors

WIDTH = 2048
"""Of the study's vectors."""


@dataclass
class Rival(Way):
    """What most have in common: a file of vectors, nothing but the vectors."""

    name: str = ""
    lacks: str = ""
    held: Any = field(default=None, repr=False)

    def build(self, index: Path, made: Made, folder: Path) -> None:  # noqa: ARG002 - what ours needs
        """The vectors in a file."""
        folder.mkdir(parents=True)
        np.save(folder / "vectors.npy", vectors(made))

    def open(self, folder: Path) -> None:
        """The vectors in memory."""
        self.held = np.load(folder / "vectors.npy")


@dataclass
class Study(Rival):
    """The study's way: a pandas frame of 2048-d vectors, compared with one of them by scikit-learn."""

    name: str = "the study's way"
    lacks: str = "index, filter, updates"
    package: str = "sklearn"
    # A query takes seconds, and scikit-learn copies the frame for each.
    most: int = 50_000

    def build(self, index: Path, made: Made, folder: Path) -> None:  # noqa: ARG002
        """The same vectors turned into 2048 dimensions, which keeps their similarities."""
        folder.mkdir(parents=True)
        np.save(folder / "vectors.npy", widened(vectors(made)))

    def open(self, folder: Path) -> None:
        """The frame."""
        import pandas as pd

        self.held = pd.DataFrame(np.load(folder / "vectors.npy"))

    def search(self, asked: Asked) -> list[int]:
        """All similarities, sorted."""
        from sklearn.metrics.pairwise import cosine_similarity

        scores = cosine_similarity(self.held.iloc[[asked.row]], self.held)[0]
        return others(np.argsort(-scores)[: K + 1], asked)


@dataclass
class Numpy(Rival):
    """One product of a matrix and a vector."""

    name: str = "numpy"
    lacks: str = "filter, payload, updates"

    def search(self, asked: Asked) -> list[int]:
        """The best by a partition, then in order."""
        scores = self.held @ asked.vector
        best = np.argpartition(-scores, K)[: K + 1]
        return others(best[np.argsort(-scores[best])], asked)


@dataclass
class Neighbors(Rival):
    """scikit-learn's NearestNeighbors."""

    name: str = "scikit-learn, brute force"
    lacks: str = "filter, payload, updates"
    package: str = "sklearn"

    def open(self, folder: Path) -> None:
        """Fitted, which is done at once."""
        from sklearn.neighbors import NearestNeighbors

        made = NearestNeighbors(n_neighbors=K + 1, algorithm="brute", metric="cosine", n_jobs=1)
        self.held = made.fit(np.load(folder / "vectors.npy"))

    def search(self, asked: Asked) -> list[int]:
        """By `kneighbors`."""
        return others(self.held.kneighbors(asked.vector[None], return_distance=False)[0], asked)


def widened(matrix: Float, width: int = WIDTH) -> Float:
    """float32[n, d] times orthonormal rows float32[d, width], always the same: similarities stay as they are."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(width, matrix.shape[1])))[0].T
    return matrix @ np.ascontiguousarray(turn, np.float32)
