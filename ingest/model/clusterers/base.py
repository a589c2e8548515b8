"""The protocol of clusterers: index vector to cluster."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ...errors import ParameterError
from ..estimator import Estimator


class Clusterer(Estimator):
    """Assigns float32[n, d] index vectors of unit length to one of `n_clusters_` clusters."""

    @property
    @abstractmethod
    def n_clusters_(self) -> int:
        """Number of clusters found; 1 for `none`."""

    @abstractmethod
    def fit(self, X: Float) -> Self:
        """Learn the clusters from float32[n, d]."""

    @abstractmethod
    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """The `n` nearest clusters of each row, nearest first: intp[m, min(n, n_clusters_)]."""

    def predict(self, X: Float) -> NDArray[np.intp]:
        """The cluster of each row: intp[m]."""
        return self.rank(X, 1)[:, 0]


def check_clusters(who: str, n_clusters: int | str) -> None:
    """Check a number of clusters.

    Raises:
        ParameterError: neither a positive integer nor `auto`.
    """
    if n_clusters == "auto":
        return
    if type(n_clusters) is not int or n_clusters < 1:
        raise ParameterError(f"{who} takes a positive number of clusters; received {n_clusters!r}.")
