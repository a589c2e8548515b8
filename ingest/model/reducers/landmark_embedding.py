"""Reducers that place landmarks by optimisation and every other vector between them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np

from ...arrays import Arrays, Float
from ..estimator import check_matrix
from ..landmarks import Front, interpolate, sample
from .base import Labels, Reducer, check_components


class LandmarkEmbedding(Reducer):
    """A base for UMAP and t-SNE; subclasses implement `_place`.

    Neither method defines an image of an unseen vector. Here it lies between the places of its nearest landmarks,
    weighted by closeness: independent of the batch, without another optimisation, and exact on the landmarks.

    Attributes:
        neighbors_out: landmarks that an image lies between.
    """

    neighbors_out = 10

    n_components: int
    landmarks: int
    random_state: int

    @property
    def dim(self) -> int:
        """Width of the index vectors."""
        return self.n_components

    def fit(self, X: Float, y: Labels | None = None) -> Self:  # noqa: ARG002 - unsupervised
        """Place a sample of float32[n, D].

        Raises:
            ParameterError: more components than landmarks, or NaN.
        """
        X = check_matrix(X, who=self.name, least_rows=4)
        rows = sample(len(X), self.landmarks, self.random_state)
        check_components(self.name, self.n_components, at_most=len(rows) - 2, of=f"{len(rows)} vectors")
        self.front_ = Front.fit(X[rows])
        self.landmarks_ = self.front_(X[rows])
        places = merged(X[rows], self._place(self.landmarks_))
        # Cosine search needs an origin: the middle of the map is the only one that the method itself suggests.
        self.places_ = np.ascontiguousarray(places - places.mean(axis=0), dtype=np.float32)
        self.rows_ = len(X)
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D] to float32[m, n_components]."""
        X = check_matrix(X, who=self.name, width=len(self.front_.mean))
        return interpolate(self.front_(X), self.landmarks_, self.places_, self.neighbors_out)

    @abstractmethod
    def _place(self, points: Float) -> Float:
        """Places float32[landmarks, n_components] of the landmarks float32[landmarks, f]."""

    def arrays(self) -> Arrays:
        """Landmarks and their places."""
        return {
            **self.front_.arrays(),
            "landmarks": self.landmarks_,
            "places": self.places_,
            "rows": np.array(self.rows_),
        }

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.front_ = Front.restore(arrays)
        self.landmarks_, self.places_ = arrays["landmarks"], arrays["places"]
        self.rows_ = int(arrays["rows"])
        return self

    def info(self) -> dict[str, Any]:
        """Whether all products were placed by the optimisation itself."""
        method = "exact" if len(self.landmarks_) == self.rows_ else "landmarks"
        return {"method": method, "landmarks": len(self.landmarks_)}


def merged(points: Float, places: Float) -> Float:
    """Places of landmarks, one for all that are equal: an optimisation scatters twins, and a query cannot tell them."""
    _, first, group = np.unique(points, axis=0, return_index=True, return_inverse=True)
    if len(first) == len(points):
        return places
    total = np.zeros((len(first), places.shape[1]))
    np.add.at(total, group.ravel(), places)
    return np.asarray((total / np.bincount(group.ravel())[:, None])[group.ravel()], dtype=np.float32)
