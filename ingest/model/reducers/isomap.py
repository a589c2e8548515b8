"""Isomap: distances along the catalog's neighbourhood graph."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Arrays, Float
from ..axes import fix_signs
from ..estimator import check_matrix
from ..landmarks import Front, nearest, sample
from .base import Labels, Reducer, check_components

_BLOCK = 1024


class Isomap(Reducer):
    """Classical scaling of geodesic distances (Tenenbaum, de Silva and Langford 2000), on landmarks.

    Unseen vectors reach every landmark through their nearest ones and are placed by the same scaling (landmark
    MDS, de Silva and Tenenbaum 2004). Exact up to `landmarks` products; a graph in pieces is joined by the
    shortest link between them.

    Args:
        n_components: width of the index vectors.
        n_neighbors: neighbours in the graph.
        landmarks: most products in the graph; memory grows with its square.
        random_state: seed of the sample.
    """

    name = "isomap"

    def __init__(
        self, n_components: int = 100, n_neighbors: int = 30, landmarks: int = 8000, random_state: int = 0
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.landmarks = landmarks
        self.random_state = random_state

    @property
    def dim(self) -> int:
        """Width of the index vectors."""
        return self.n_components

    def fit(self, X: Float, y: Labels | None = None) -> Self:  # noqa: ARG002 - unsupervised
        """Find the components of float32[n, D].

        Raises:
            ParameterError: more components than landmarks, or NaN.
        """
        from scipy.sparse.csgraph import shortest_path
        from scipy.sparse.linalg import eigsh

        X = check_matrix(X, who=self.name, least_rows=3)
        rows = sample(len(X), self.landmarks, self.random_state)
        check_components(self.name, self.n_components, at_most=len(rows) - 1, of=f"{len(rows)} vectors")
        self.front_ = Front.fit(X[rows])
        self.landmarks_ = self.front_(X[rows])
        geodesics = shortest_path(_connected(self.landmarks_, self.n_neighbors), directed=False)
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
        scale = np.divide(1, np.sqrt(values), out=np.zeros_like(values), where=values > 1e-9 * max(values[0], 1e-300))
        self.projection_ = (vectors * scale).astype(np.float32)
        self.rows_ = len(X)
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D] to float32[m, n_components]."""
        X = check_matrix(X, who=self.name, width=len(self.front_.mean))
        mapped = np.empty((len(X), self.n_components), np.float32)
        for start in range(0, len(X), _BLOCK):
            squares = self._geodesics(self.front_(X[start : start + _BLOCK])).astype(np.float64) ** 2
            squares -= squares.mean(axis=1, keepdims=True) + self.column_means_ - self.mean_
            mapped[start : start + _BLOCK] = -0.5 * squares @ self.projection_
        return mapped

    def _geodesics(self, block: Float) -> Float:
        """Distances to all landmarks, through the nearest ones: float32[m, landmarks]."""
        found, distances = nearest(block, self.landmarks_, self.n_neighbors)
        paths = np.full((len(block), len(self.landmarks_)), np.inf, np.float32)
        for at in range(found.shape[1]):
            np.minimum(paths, distances[:, at, None] + self.geodesics_[found[:, at]].astype(np.float32), out=paths)
        return paths

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        names = ("n_components", "n_neighbors", "landmarks", "random_state")
        return {name: getattr(self, name) for name in names}

    def arrays(self) -> Arrays:
        """Landmarks, their geodesic distances (half precision is enough for ranks), projection."""
        return {
            **self.front_.arrays(),
            "landmarks": self.landmarks_,
            "geodesics": self.geodesics_,
            "column_means": self.column_means_,
            "projection": self.projection_,
            "scalars": np.array([self.mean_, self.rows_]),
        }

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.front_ = Front.restore(arrays)
        self.landmarks_, self.geodesics_ = arrays["landmarks"], arrays["geodesics"]
        self.column_means_, self.projection_ = arrays["column_means"], arrays["projection"]
        self.mean_, self.rows_ = float(arrays["scalars"][0]), int(arrays["scalars"][1])
        return self

    def info(self) -> dict[str, Any]:
        """Whether all products are in the graph."""
        method = "exact" if len(self.landmarks_) == self.rows_ else "landmarks"
        return {"method": method, "landmarks": len(self.landmarks_)}


def _connected(points: Float, n_neighbors: int) -> Any:  # noqa: ANN401 - a scipy sparse matrix
    """The neighbourhood graph as csr[n, n], its pieces joined by shortest links."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    found, distances = nearest(points, points, n_neighbors + 1)
    n, k = found.shape
    # Twins at distance 0 would be no edge at all in a sparse matrix.
    weights = np.maximum(distances, 1e-7).astype(np.float64).ravel()
    graph = csr_matrix((weights, found.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    count, piece = connected_components(graph, directed=False)
    while count > 1:
        graph = graph + _link(points, piece)
        count, piece = connected_components(graph, directed=False)
    return graph


def _link(points: Float, piece: NDArray[np.int32]) -> Any:  # noqa: ANN401 - a scipy sparse matrix
    """The shortest edge from the smallest piece to the rest."""
    from scipy.sparse import csr_matrix

    smallest = np.argmin(np.bincount(piece))
    inside, outside = np.flatnonzero(piece == smallest), np.flatnonzero(piece != smallest)
    found, distances = nearest(points[inside], points[outside], 1)
    at = int(np.argmin(distances[:, 0]))
    place = ([inside[at]], [outside[found[at, 0]]])
    return csr_matrix(([max(float(distances[at, 0]), 1e-7)], place), shape=(len(points), len(points)))
