"""k-means on unit vectors."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Arrays
from ..estimator import Float, check_matrix
from .base import Clusterer, check_clusters


class KMeans(Clusterer):
    """k-means, Lloyd's algorithm with k-means++ seeding (Arthur and Vassilvitskii 2007), the best of four starts.

    On unit vectors the squared Euclidean distance is twice one minus the cosine, so that the clusters are those
    of cosine search. The centroids are plain means: scaling them to length 1 would move products to other
    clusters than those that were fitted.

    Args:
        n_clusters: number of clusters.
        random_state: seed.
    """

    name = "kmeans"

    def __init__(self, n_clusters: int = 10, random_state: int = 0) -> None:
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
        X = check_matrix(X, who="kmeans", least_rows=self.n_clusters)
        # Threads add up their partial sums in the order in which they finish: with one, a seed fixes every bit.
        with threadpool_limits(1, user_api="openmp"):
            fitted = SklearnKMeans(self.n_clusters, n_init=4, random_state=self.random_state).fit(X)
        self.centroids_ = fitted.cluster_centers_.astype(np.float32)
        self.inertia_ = float(fitted.inertia_)
        return self

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
        """Centroids and the inertia at fit time."""
        return {"centroids": self.centroids_, "inertia": np.array(self.inertia_)}

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.centroids_ = arrays["centroids"]
        self.inertia_ = float(arrays["inertia"])
        return self

    def info(self) -> dict[str, Any]:
        """Sum of squared distances to the centroids."""
        return {"inertia": self.inertia_}
