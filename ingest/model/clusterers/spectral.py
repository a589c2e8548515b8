"""Spectral clustering."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ...errors import ParameterError
from ..estimator import check_matrix, check_rows
from ..landmarks import coverage, nearest, sample
from .auto import CountedClusterer

_BLOCK = 1024


class Spectral(CountedClusterer):
    """Normalised cuts of the neighbourhood graph (Shi and Malik 2000; Ng, Jordan and Weiss 2001).

    The graph is sparse, so that memory grows with the products and not with their square; its leading
    eigenvectors are clustered by k-means. An unseen vector joins the cluster of most of its nearest neighbours in
    the graph; in a ranking, the clusters without a neighbour follow by the distance of their centroids.

    Args:
        n_clusters: number of clusters, or "auto" for the one with the best silhouette.
        n_neighbors: neighbours in the graph, and voters for an unseen vector.
        landmarks: most vectors in the graph; a larger catalog is sampled.
        random_state: seed.
    """

    name = "spectral"
    saved: ClassVar = {
        "points": "points_",
        "labels": "clusters_",
        "centroids": "centroids_",
        "rows": "rows_",
        "curve": "curve_",
    }

    def __init__(
        self, n_clusters: int | str = 10, n_neighbors: int = 15, landmarks: int = 20_000, random_state: int = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.landmarks = landmarks
        self.random_state = random_state

    def most_clusters(self, rows: int) -> int:
        """One less than the vectors in the graph."""
        return max(1, min(rows, self.landmarks) - 1)

    def check_size(self, rows: int) -> None:
        """Check that there is a vector more than clusters."""
        check_rows(self.name, rows, self._least + 1)

    def fit(self, X: Float) -> Self:
        """Cut the graph of float32[n, d], n at least `n_clusters` + 1.

        Raises:
            ParameterError: impossible parameters, too few vectors, or NaN.
        """
        from threadpoolctl import threadpool_limits

        self.check_params()
        X = check_matrix(X, who=self.name, least_rows=self._least + 1)
        if self.landmarks <= self._least:
            raise ParameterError(
                f"{self.name} cannot make {self.n_clusters} clusters of {self.landmarks} landmarks; choose more."
            )
        points = np.ascontiguousarray(X[sample(len(X), self.landmarks, self.random_state)])
        with threadpool_limits(1):
            assigned = self._cut(points, self._count(points, self._cut))
        # k-means may leave a cluster empty on a graph with fewer pieces than clusters.
        _, clusters = np.unique(assigned, return_inverse=True)
        self.points_, self.clusters_ = points, clusters.astype(np.int32)
        self.centroids_ = np.stack([points[clusters == at].mean(axis=0) for at in range(int(clusters.max()) + 1)])
        self.rows_ = len(X)
        return self

    def _cut(self, points: Float, count: int) -> NDArray[np.int32]:
        """Clusters int32[n] of the graph of float32[n, d], cut into `count` pieces."""
        from scipy.sparse import csr_matrix
        from sklearn.cluster import KMeans
        from sklearn.manifold import spectral_embedding

        neighbours, _ = nearest(points, points, min(self.n_neighbors + 1, len(points)))
        n, k = neighbours.shape
        graph = csr_matrix((np.ones(n * k), neighbours.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
        graph = 0.5 * (graph + graph.T) + _bridges(graph, points)
        embedded = spectral_embedding(graph, n_components=count, drop_first=False, random_state=self.random_state)
        return np.asarray(KMeans(count, n_init=4, random_state=self.random_state).fit_predict(embedded))

    def rank(self, X: Float, n: int) -> NDArray[np.intp]:
        """Clusters by votes of the nearest neighbours, then by centroid: intp[m, min(n, k)]."""
        X = check_matrix(X, who=self.name, width=self.points_.shape[1])
        ranked = np.empty((len(X), min(n, self.n_clusters_)), np.intp)
        for start in range(0, len(X), _BLOCK):
            block = X[start : start + _BLOCK]
            neighbours, _ = nearest(block, self.points_, self.n_neighbors)
            votes = np.zeros((len(block), self.n_clusters_))
            np.add.at(votes, (np.arange(len(block))[:, None], self.clusters_[neighbours]), 1.0)
            # Squared distances of unit vectors are at most 4, so that a centroid breaks ties and outweighs no vote.
            gaps = np.linalg.norm(block[:, None] - self.centroids_[None], axis=2) ** 2
            ranked[start : start + _BLOCK] = np.argsort(gaps / 8 - votes, axis=1, kind="stable")[:, :n]
        return ranked

    def info(self) -> dict[str, Any]:
        """Whether all products are in the graph, and what `CountedClusterer` says."""
        return {**coverage(len(self.points_), self.rows_), **super().info()}


def _bridges(graph: Any, points: Float) -> Any:  # noqa: ANN401 - scipy sparse matrices
    """Weak edges between the pieces of a graph, because its Laplacian must not fall apart."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    count, piece = connected_components(graph, directed=False)
    firsts = np.array([int(np.argmax(piece == at)) for at in range(count)])
    size = len(points)
    left, right = firsts[:-1], firsts[1:]
    edges = csr_matrix((np.full(count - 1, 1e-3), (left, right)), shape=(size, size))
    return edges + edges.T
