"""The choice of the number of clusters when nobody gives one."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ..estimator import check_rows
from ..landmarks import sample
from .base import Clusterer

CANDIDATES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
LEAST = 8
"""Vectors that "auto" needs; fewer have no clusters worth choosing."""

MOST = 2000
"""Vectors that the choice is made on; the silhouette needs all their pairwise distances."""

Curve = NDArray[np.float64]
Assign = Callable[[Float, int], NDArray[Any]]
"""Vectors float32[m, d] and a number of clusters to the cluster of each vector, [m]."""


class CountedClusterer(Clusterer, ABC):
    """A base for clusterers that are told how many clusters to make, or choose the number with "auto".

    Attributes:
        curve_: float64[candidates, 2] of numbers of clusters and their silhouettes; empty when a number was given.
        centroids_: float32[k, d], the mean vector of each cluster.
    """

    n_clusters: int | str
    random_state: int
    curve_: Curve
    centroids_: Float

    @property
    def n_clusters_(self) -> int:
        """Number of clusters after `fit`."""
        return len(self.centroids_)

    @property
    def _least(self) -> int:
        """Vectors that `fit` needs at least."""
        return self.n_clusters if isinstance(self.n_clusters, int) else LEAST

    def check_size(self, rows: int) -> None:
        """Check that there are as many vectors as clusters."""
        check_rows(self.name, rows, self._least)

    def _count(self, X: Float, assign: Assign) -> int:
        """How many clusters to make of float32[n, d]; a choice is kept in `curve_`."""
        if isinstance(self.n_clusters, int):
            self.curve_ = np.empty((0, 2))
            return self.n_clusters
        count, self.curve_ = choose(X, assign, self.random_state)
        return count

    def info(self) -> dict[str, Any]:
        """The number of clusters; for "auto" also the silhouette of every candidate."""
        silhouettes = {str(int(k)): round(float(score), 4) for k, score in self.curve_}
        return {"clusters": self.n_clusters_} | ({"silhouette": silhouettes} if silhouettes else {})


def choose(X: Float, assign: Assign, seed: int) -> tuple[int, Curve]:
    """The candidate with the largest mean silhouette (Rousseeuw 1987), by cosine, on a sample drawn with a seed.

    Args:
        X: float32[n, d].
        assign: clusters vectors.
        seed: of the sample.

    Returns:
        The number of clusters, and the curve float64[candidates, 2] of numbers and silhouettes.
    """
    from sklearn.metrics import silhouette_score

    points = np.ascontiguousarray(X[sample(len(X), MOST, seed)])
    curve = []
    for k in CANDIDATES:
        if k * 4 > len(points) and k > CANDIDATES[0]:
            break
        clusters = assign(points, k)
        count = len(np.unique(clusters))
        score = silhouette_score(points, clusters, metric="cosine") if 1 < count < len(points) else -1.0
        curve.append((float(k), float(score)))
    table = np.array(curve)
    return int(table[np.argmax(table[:, 1]), 0]), table
