"""The protocol of clusterers, which assign index vectors to clusters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ..estimator import Estimator


class Clusterer(Estimator, ABC):
    """Assigns float32[n, d] index vectors of unit length to one of `n_clusters_` clusters."""

    @property
    @abstractmethod
    def n_clusters_(self) -> int:
        """Number of clusters after `fit`; 1 for `none`."""

    def most_clusters(self, rows: int) -> int:
        """The most clusters that so many different vectors allow; at least 1."""
        return max(1, rows)

    def check_size(self, rows: int) -> None:
        """Check that a fit on so many vectors is possible.

        Raises:
            ParameterError: too few vectors.
        """

    @abstractmethod
    def fit(self, X: Float) -> Self:
        """Learn the clusters from float32[n, d].

        Raises:
            ParameterError: impossible parameters, fewer vectors than clusters, or NaN.
        """

    @abstractmethod
    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """The `n` nearest clusters of each row, nearest first: intp[m, min(n, n_clusters_)].

        Raises:
            ParameterError: vectors of another width than the fitted ones, or NaN.
        """

    def predict(self, X: Float) -> NDArray[np.intp]:
        """The cluster of each row: intp[m].

        Raises:
            ParameterError: as `rank`.
        """
        return self.rank(X, 1)[:, 0]
