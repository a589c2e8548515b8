"""No clustering: one cluster that holds everything."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ..estimator import check_matrix
from .base import Clusterer


class Single(Clusterer):
    """Puts every product into cluster 0, so that a search is exact."""

    name = "none"

    @property
    def n_clusters_(self) -> int:
        """Always 1."""
        return 1

    def fit(self, X: Float) -> Self:
        """Remember the width of float32[n, d]."""
        self.width_ = check_matrix(X, who="none").shape[1]
        return self

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:  # noqa: ARG002 - there is only one cluster
        """Cluster 0 for every row: intp[m, 1]."""
        return np.zeros((len(check_matrix(X, who="none", width=self.width_)), 1), np.intp)

    def params(self) -> dict[str, Any]:
        """No parameters."""
        return {}

    def arrays(self) -> Arrays:
        """The width."""
        return {"width": np.array(self.width_)}

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.width_ = int(arrays["width"])
        return self
