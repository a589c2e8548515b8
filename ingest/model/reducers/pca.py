"""Principal component analysis."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from ...arrays import Float
from ..axes import Axes, fix_signs, principal_axes
from ..estimator import check_matrix
from .base import AttributeColumns, Reducer, check_components

_WIDE = 4096
"""Width above which a D x D covariance costs more than it is worth."""


class PCA(Reducer):
    """Projection on the directions of largest variance (Pearson 1901).

    Exact at any number of products: the covariance is summed in blocks, in double precision. Only features
    wider than `_WIDE` numbers take the randomized solver (Halko, Martinsson and Tropp 2011).

    Args:
        n_components: width of the index vectors, at most min(n, D).
        random_state: seed of the randomized solver.
    """

    name = "pca"
    maps_fast = True
    saved: ClassVar = {
        "mean": "mean_",
        "components": "components_",
        "explained_variance_ratio": "explained_variance_ratio_",
    }

    def __init__(self, n_components: int = 100, random_state: int = 0) -> None:
        self.n_components = n_components
        self.random_state = random_state

    @property
    def index_dim(self) -> int:
        """Width of the index vectors."""
        return self.n_components

    def most_components(self, rows: int, width: int) -> int:
        """One less than the vectors: from their mean, they differ in no more directions."""
        return max(1, min(rows - 1, width))

    def check_size(self, rows: int, width: int) -> None:
        """Check that the components are no more than vectors and numbers."""
        of = f"{rows} vectors of {width} numbers"
        check_components(self.name, self.n_components, at_most=min(rows, width), of=of)

    def fit(self, X: Float, attributes: AttributeColumns | None = None) -> Self:  # noqa: ARG002 - unsupervised
        """Find the components of float32[n, D].

        Raises:
            ParameterError: more components than min(n, D), or NaN.
        """
        self.check_params()
        X = check_matrix(X, who=self.name)
        self.check_size(*X.shape)
        axes = self._randomized(X) if X.shape[1] > _WIDE else principal_axes(X, self.n_components)
        self.mean_ = axes.mean.astype(np.float32)
        self.components_ = axes.components.astype(np.float32)
        # A catalog of one picture has no variance to explain.
        self.explained_variance_ratio_ = (axes.variances / (axes.total or 1.0)).astype(np.float32)
        return self

    def _randomized(self, X: Float) -> Axes:
        from sklearn.decomposition import PCA as SklearnPCA

        fitted = SklearnPCA(self.n_components, svd_solver="randomized", random_state=self.random_state).fit(X)
        total = float(X.var(axis=0, dtype=np.float64, ddof=1).sum())
        return Axes(fitted.mean_, fix_signs(fitted.components_), fitted.explained_variance_, total)

    def transform(self, X: Float) -> Float:
        """Project float32[m, D] to float32[m, n_components]."""
        X = check_matrix(X, who=self.name, width=len(self.mean_))
        return np.asarray((X - self.mean_) @ self.components_.T, dtype=np.float32)

    def info(self) -> dict[str, Any]:
        """Share of the variance that the components keep."""
        method = "randomized" if len(self.mean_) > _WIDE else "exact"
        return {"method": method, "explained_variance": float(self.explained_variance_ratio_.sum(dtype=np.float64))}
