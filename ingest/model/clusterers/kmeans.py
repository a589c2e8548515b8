"""k-means on unit vectors."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ..estimator import check_matrix
from .auto import CountedClusterer


class KMeans(CountedClusterer):
    """k-means by Lloyd's algorithm with k-means++ seeding (Arthur and Vassilvitskii 2007), the best of four starts.

    On unit vectors the squared Euclidean distance is twice one minus the cosine, so that the clusters are those
    of cosine search. The centroids are plain means: scaling them to length 1 would move products to other
    clusters than those that were fitted.

    Args:
        n_clusters: number of clusters, or "auto" for the one with the best silhouette.
        random_state: seed.
    """

    name = "kmeans"
    saved: ClassVar = {"centroids": "centroids_", "inertia": "inertia_", "curve": "curve_"}

    def __init__(self, n_clusters: int | str = 10, random_state: int = 0) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, X: Float) -> Self:
        """Find centroids of float32[n, d], n at least `n_clusters`.

        Raises:
            ParameterError: impossible parameters, fewer vectors than clusters, or NaN.
        """
        from sklearn.cluster import KMeans as SklearnKMeans
        from threadpoolctl import threadpool_limits

        self.check_params()
        X = check_matrix(X, who=self.name, least_rows=self._least)
        # Threads add up their partial sums in the order in which they finish; with one, a seed fixes every bit.
        with threadpool_limits(1, user_api="openmp"):
            count = self._count(X, self._assign)
            fitted = SklearnKMeans(count, n_init=4, random_state=self.random_state).fit(X)
        self.centroids_ = fitted.cluster_centers_.astype(np.float32)
        self.inertia_ = float(fitted.inertia_)
        return self

    def _assign(self, X: Float, k: int) -> NDArray[np.intp]:
        from sklearn.cluster import KMeans as SklearnKMeans

        return np.asarray(SklearnKMeans(k, n_init=2, random_state=self.random_state).fit_predict(X))

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """The clusters with the nearest centroids, by squared Euclidean distance: intp[m, min(n, k)]."""
        X = check_matrix(X, who=self.name, width=self.centroids_.shape[1])
        # |x - c|² without |x|², which is the same for every centroid of a row.
        distances = (self.centroids_**2).sum(axis=1) - 2 * X @ self.centroids_.T
        return np.argsort(distances, axis=1, kind="stable")[:, :n]

    def info(self) -> dict[str, Any]:
        """The sum of squared distances to the centroids, and what `CountedClusterer` says."""
        return {"inertia": self.inertia_, **super().info()}
