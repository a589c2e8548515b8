"""No clustering: one cluster holds everything."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ..estimator import check_matrix
from .base import Clusterer


class Single(Clusterer):
    """Puts every product into cluster 0, so that a search is exact."""

    name = "none"
    saved: ClassVar = {"width": "width_"}

    @property
    def n_clusters_(self) -> int:
        """Always 1."""
        return 1

    def fit(self, X: Float) -> Self:
        """Remember the width of float32[n, d].

        Raises:
            ParameterError: no vector, or NaN.
        """
        self.width_ = check_matrix(X, who=self.name).shape[1]
        return self

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:  # noqa: ARG002 - there is only one cluster
        """Cluster 0 for every row: intp[m, 1]."""
        return np.zeros((len(check_matrix(X, who=self.name, width=self.width_)), 1), np.intp)
