"""k-means on unit vectors."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ..estimator import check_matrix
from .auto import AUTO, LEAST, choose, describe
from .base import Clusterer, check_clusters


class KMeans(Clusterer):
    """k-means, Lloyd's algorithm with k-means++ seeding (Arthur and Vassilvitskii 2007), the best of four starts.

    On unit vectors the squared Euclidean distance is twice one minus the cosine, so that the clusters are those
    of cosine search. The centroids are plain means: scaling them to length 1 would move products to other
    clusters than those that were fitted.

    Args:
        n_clusters: number of clusters, or "auto" for the one with the best silhouette.
        random_state: seed.
    """

    name = "kmeans"

    def __init__(self, n_clusters: int | str = 10, random_state: int = 0) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state

    @property
    def n_clusters_(self) -> int:
        """Number of clusters found."""
        return len(self.centroids_)

    def fit(self, X: Float) -> Self:
        """Find centroids of float32[n, d], n at least `n_clusters`.

        Raises:
            ParameterError: fewer vectors than clusters, or NaN.
        """
        from sklearn.cluster import KMeans as SklearnKMeans
        from threadpoolctl import threadpool_limits

        check_clusters("kmeans", self.n_clusters)
        count = self.n_clusters if isinstance(self.n_clusters, int) else LEAST
        X = check_matrix(X, who="kmeans", least_rows=count)
        # Threads add up their partial sums in the order in which they finish: with one, a seed fixes every bit.
        with threadpool_limits(1, user_api="openmp"):
            self.curve_ = np.empty((0, 2))
            if self.n_clusters == AUTO:
                count, self.curve_ = choose(X, self._assign, self.random_state)
            fitted = SklearnKMeans(count, n_init=4, random_state=self.random_state).fit(X)
        self.centroids_ = fitted.cluster_centers_.astype(np.float32)
        self.inertia_ = float(fitted.inertia_)
        return self

    def _assign(self, X: Float, k: int) -> NDArray[np.intp]:
        from sklearn.cluster import KMeans as SklearnKMeans

        return np.asarray(SklearnKMeans(k, n_init=2, random_state=self.random_state).fit_predict(X))

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """Clusters by squared Euclidean distance to their centroids: intp[m, min(n, k)]."""
        X = check_matrix(X, who="kmeans", width=self.centroids_.shape[1])
        # |x - c|² without |x|², which is the same for every centroid of a row.
        distances = (self.centroids_**2).sum(axis=1) - 2 * X @ self.centroids_.T
        return np.argsort(distances, axis=1, kind="stable")[:, :n]

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        return {"n_clusters": self.n_clusters, "random_state": self.random_state}

    def arrays(self) -> Arrays:
        """Centroids, the inertia at fit time, and how "auto" chose."""
        return {"centroids": self.centroids_, "inertia": np.array(self.inertia_), "curve": self.curve_}

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.centroids_ = arrays["centroids"]
        self.inertia_ = float(arrays["inertia"])
        self.curve_ = arrays["curve"]
        return self

    def info(self) -> dict[str, Any]:
        """Sum of squared distances to the centroids; for "auto" the number chosen and the silhouettes."""
        return {"inertia": self.inertia_, "clusters": self.n_clusters_, **describe(self.curve_)}
