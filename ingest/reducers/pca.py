"""Principal component analysis."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ..arrays import Arrays
from ..errors import ParameterError
from ..estimator import Float, check_matrix
from .base import Labels, Reducer


class PCA(Reducer):
    """Projection on the directions of largest variance (Pearson 1901; randomized solver, Halko et al. 2011).

    Args:
        n_components: width of the index vectors, at most min(n, D).
        random_state: seed of the randomized solver.
    """

    name = "pca"

    def __init__(self, n_components: int = 100, random_state: int = 0) -> None:
        self.n_components = n_components
        self.random_state = random_state

    @property
    def dim(self) -> int:
        """Width of the index vectors."""
        return self.n_components

    def fit(self, X: Float, y: Labels | None = None) -> Self:  # noqa: ARG002 - unsupervised
        """Find the components of float32[n, D], n and D at least `n_components`."""
        from sklearn.decomposition import PCA as SklearnPCA

        X = check_matrix(X, who="pca", least_rows=self.n_components)
        if X.shape[1] < self.n_components:
            raise ParameterError(
                f"pca cannot make {self.n_components} components of {X.shape[1]}-d vectors; choose fewer."
            )
        fitted = SklearnPCA(self.n_components, random_state=self.random_state).fit(X)
        self.mean_ = fitted.mean_.astype(np.float32)
        self.components_ = fitted.components_.astype(np.float32)
        self.explained_variance_ratio_ = fitted.explained_variance_ratio_.astype(np.float32)
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D] to float32[m, n_components]."""
        X = check_matrix(X, who="pca", width=len(self.mean_))
        projected: Float = (X - self.mean_) @ self.components_.T
        return projected

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        return {"n_components": self.n_components, "random_state": self.random_state}

    def arrays(self) -> Arrays:
        """Mean, components and explained variance."""
        return {
            "mean": self.mean_,
            "components": self.components_,
            "explained_variance_ratio": self.explained_variance_ratio_,
        }

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.mean_ = arrays["mean"]
        self.components_ = arrays["components"]
        self.explained_variance_ratio_ = arrays["explained_variance_ratio"]
        return self

    def info(self) -> dict[str, Any]:
        """Share of the variance that the components keep."""
        return {"method": "exact", "explained_variance": float(self.explained_variance_ratio_.sum())}
