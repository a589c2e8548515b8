"""Spectral clustering."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ..estimator import check_matrix
from .auto import AUTO, LEAST, choose, describe
from .base import Clusterer, check_clusters

_BLOCK = 1024


class Spectral(Clusterer):
    """Normalised cuts of the neighbourhood graph (Shi and Malik 2000; Ng, Jordan and Weiss 2001).

    The graph is sparse, so that memory grows with the products and not with their square; its leading
    eigenvectors are clustered by k-means. An unseen vector goes where most of its nearest labelled
    neighbours are; clusters without a neighbour follow by their centroids.

    Args:
        n_clusters: number of clusters, or "auto" for the one with the best silhouette.
        n_neighbors: neighbours in the graph, and voters for an unseen vector.
        landmarks: most vectors in the graph; a larger catalog is sampled.
        random_state: seed.
    """

    name = "spectral"

    def __init__(
        self, n_clusters: int | str = 10, n_neighbors: int = 15, landmarks: int = 20_000, random_state: int = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.landmarks = landmarks
        self.random_state = random_state

    @property
    def n_clusters_(self) -> int:
        """Number of clusters found."""
        return len(self.centroids_)

    def fit(self, X: Float) -> Self:
        """Cut the graph of float32[n, d], n at least `n_clusters` + 1.

        Raises:
            ParameterError: too few vectors, or NaN.
        """
        from threadpoolctl import threadpool_limits

        from ..landmarks import sample

        check_clusters(self.name, self.n_clusters)
        count = self.n_clusters if isinstance(self.n_clusters, int) else LEAST
        X = check_matrix(X, who=self.name, least_rows=count + 1)
        points = np.ascontiguousarray(X[sample(len(X), self.landmarks, self.random_state)])
        with threadpool_limits(1):
            self.curve_ = np.empty((0, 2))
            if self.n_clusters == AUTO:
                count, self.curve_ = choose(points, self._cut, self.random_state)
            assigned = self._cut(points, count)
        # k-means may leave a cluster empty on a graph with fewer pieces than clusters.
        _, labels = np.unique(assigned, return_inverse=True)
        self.points_, self.labels_ = points, labels.astype(np.int32)
        self.centroids_ = np.stack([points[labels == at].mean(axis=0) for at in range(int(labels.max()) + 1)])
        self.rows_ = len(X)
        return self

    def _cut(self, points: Float, count: int) -> NDArray[np.int32]:
        """Labels int32[n] of a graph cut into `count` clusters."""
        from scipy.sparse import csr_matrix
        from sklearn.cluster import KMeans
        from sklearn.manifold import spectral_embedding

        from ..landmarks import nearest

        found, _ = nearest(points, points, min(self.n_neighbors + 1, len(points)))
        n, k = found.shape
        graph = csr_matrix((np.ones(n * k), found.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
        graph = 0.5 * (graph + graph.T) + _bridges(graph, points)
        embedded = spectral_embedding(graph, n_components=count, drop_first=False, random_state=self.random_state)
        return np.asarray(KMeans(count, n_init=4, random_state=self.random_state).fit_predict(embedded))

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """Clusters by votes of the nearest neighbours, then by centroid: intp[m, min(n, k)]."""
        from ..landmarks import nearest

        X = check_matrix(X, who=self.name, width=self.points_.shape[1])
        ranked = np.empty((len(X), min(n, self.n_clusters_)), np.intp)
        for start in range(0, len(X), _BLOCK):
            block = X[start : start + _BLOCK]
            found, _ = nearest(block, self.points_, self.n_neighbors)
            votes = np.zeros((len(block), self.n_clusters_))
            np.add.at(votes, (np.arange(len(block))[:, None], self.labels_[found]), 1.0)
            # Squared distances of unit vectors end at 4: a centroid breaks ties and never outweighs a vote.
            gaps = np.linalg.norm(block[:, None] - self.centroids_[None], axis=2) ** 2
            ranked[start : start + _BLOCK] = np.argsort(gaps / 8 - votes, axis=1, kind="stable")[:, :n]
        return ranked

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        names = ("n_clusters", "n_neighbors", "landmarks", "random_state")
        return {name: getattr(self, name) for name in names}

    def arrays(self) -> Arrays:
        """Labelled vectors and the clusters' centroids."""
        return {
            "points": self.points_,
            "labels": self.labels_,
            "centroids": self.centroids_,
            "rows": np.array(self.rows_),
            "curve": self.curve_,
        }

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.points_, self.labels_ = arrays["points"], arrays["labels"]
        self.centroids_, self.rows_ = arrays["centroids"], int(arrays["rows"])
        self.curve_ = arrays["curve"]
        return self

    def info(self) -> dict[str, Any]:
        """Whether all products are in the graph; for "auto" the silhouettes."""
        method = "exact" if len(self.points_) == self.rows_ else "landmarks"
        return {
            "method": method,
            "landmarks": len(self.points_),
            "clusters": self.n_clusters_,
            **describe(self.curve_),
        }


def _bridges(graph: Any, points: Float) -> Any:  # noqa: ANN401 - scipy sparse matrices
    """Weak edges between the pieces of a graph: its Laplacian must not fall apart."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    count, piece = connected_components(graph, directed=False)
    firsts = np.array([int(np.argmax(piece == at)) for at in range(count)])
    size = len(points)
    left, right = firsts[:-1], firsts[1:]
    edges = csr_matrix((np.full(count - 1, 1e-3), (left, right)), shape=(size, size))
    return edges + edges.T
