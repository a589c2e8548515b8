"""Isomap: distances along the catalog's neighbourhood graph."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ..axes import fix_signs, inverse_roots
from ..landmarks import nearest
from .landmark_reducer import PrincipalLandmarkReducer


class Isomap(PrincipalLandmarkReducer):
    """Classical scaling of geodesic distances (Tenenbaum, de Silva and Langford 2000), on landmarks.

    Unseen vectors reach every landmark through their nearest ones and are mapped by the same scaling (landmark
    MDS, de Silva and Tenenbaum 2004). Exact up to `landmarks` products; a graph in pieces is joined by the
    shortest link between them.

    Args:
        n_components: width of the index vectors.
        n_neighbors: neighbours in the graph.
        landmarks: most products in the graph; memory grows with its square.
        random_state: seed of the sample.
    """

    name = "isomap"
    saved: ClassVar = {
        "landmarks": "landmarks_",
        "geodesics": "geodesics_",
        "column_means": "column_means_",
        "projection": "projection_",
    }

    def __init__(
        self, n_components: int = 100, n_neighbors: int = 30, landmarks: int = 8000, random_state: int = 0
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.landmarks = landmarks
        self.random_state = random_state

    def _fit_map(self, features: Float) -> None:  # noqa: ARG002 - the landmarks are enough
        from scipy.sparse.csgraph import shortest_path
        from scipy.sparse.linalg import eigsh

        geodesics = shortest_path(_connected(self.landmarks_, self.n_neighbors), directed=False)
        # Half precision is enough for the order of neighbours, and a quarter of the memory.
        self.geodesics_ = geodesics.astype(np.float16)
        squares = geodesics**2
        self.column_means_ = squares.mean(axis=0)
        self.mean_ = float(self.column_means_.mean())
        squares -= self.column_means_[:, None] + self.column_means_[None, :] - self.mean_
        squares *= -0.5
        start = np.random.default_rng(self.random_state).normal(size=len(squares))
        values, vectors = eigsh(squares, k=min(self.n_components, len(squares) - 1), v0=start)
        order = np.argsort(-values)
        values, vectors = np.clip(values[order], 0, None), fix_signs(vectors.T[order]).T
        self.projection_ = (vectors * inverse_roots(values)).astype(np.float32)

    def _map(self, features: Float) -> Float:
        squares = self._geodesics(self.space_(features)).astype(np.float64) ** 2
        squares -= squares.mean(axis=1, keepdims=True) + self.column_means_ - self.mean_
        return np.asarray(-0.5 * squares @ self.projection_)

    def _geodesics(self, points: Float) -> Float:
        """Distances to all landmarks, through the nearest ones: float32[m, landmarks]."""
        neighbours, distances = nearest(points, self.landmarks_, self.n_neighbors)
        paths = np.full((len(points), len(self.landmarks_)), np.inf, np.float32)
        for at in range(neighbours.shape[1]):
            onward = self.geodesics_[neighbours[:, at]].astype(np.float32)
            np.minimum(paths, distances[:, at, None] + onward, out=paths)
        return paths

    def arrays(self) -> Arrays:
        """The fitted state."""
        return {**super().arrays(), "scalars": np.array([self.mean_, self.rows_])}

    def restore(self, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        self.mean_, self.rows_ = float(arrays["scalars"][0]), int(arrays["scalars"][1])
        return super().restore(arrays)


def _connected(points: Float, n_neighbors: int) -> Any:  # noqa: ANN401 - a scipy sparse matrix
    """The neighbourhood graph as csr[n, n], its pieces joined by shortest links."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    neighbours, distances = nearest(points, points, n_neighbors + 1)
    n, k = neighbours.shape
    # A distance of 0, between equal products, would be no edge at all in a sparse matrix.
    weights = np.maximum(distances, 1e-7).astype(np.float64).ravel()
    graph = csr_matrix((weights, neighbours.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    count, piece = connected_components(graph, directed=False)
    while count > 1:
        graph = graph + _link(points, piece)
        count, piece = connected_components(graph, directed=False)
    return graph


def _link(points: Float, piece: NDArray[np.int32]) -> Any:  # noqa: ANN401 - a scipy sparse matrix
    """The shortest edge from the smallest piece to the rest, as csr[n, n]."""
    from scipy.sparse import csr_matrix

    smallest = np.argmin(np.bincount(piece))
    inside, outside = np.flatnonzero(piece == smallest), np.flatnonzero(piece != smallest)
    neighbours, distances = nearest(points[inside], points[outside], 1)
    at = int(np.argmin(distances[:, 0]))
    edge = ([inside[at]], [outside[neighbours[at, 0]]])
    return csr_matrix(([max(float(distances[at, 0]), 1e-7)], edge), shape=(len(points), len(points)))
