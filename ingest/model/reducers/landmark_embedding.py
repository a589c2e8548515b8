"""Reducers that find the embedding of their landmarks by optimisation and interpolate every other vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from ...arrays import Float
from ..landmarks import interpolate
from .landmark_reducer import PrincipalLandmarkReducer

NEIGHBOURS = 10
"""Landmarks that a vector is interpolated from."""


class LandmarkEmbedding(PrincipalLandmarkReducer, ABC):
    """A base for UMAP and t-SNE.

    Neither method defines where an unseen vector belongs. Here it is the mean of the embedding of its nearest
    landmarks, weighted by closeness: independent of the batch, without another optimisation, and exact on the
    landmarks themselves.
    """

    least_rows = 4
    spare = 2
    saved: ClassVar = {"landmarks": "landmarks_", "places": "embedding_", "rows": "rows_"}

    @abstractmethod
    def _embed(self, landmarks: Float) -> Float:
        """The embedding float32[l, n_components] of landmarks float32[l, f]."""

    def _fit_map(self, features: Float) -> None:
        embedding = merge_twins(features, self._embed(self.landmarks_))
        # Cosine search needs an origin, and the middle of the embedding is the only one that the method suggests.
        self.embedding_ = np.ascontiguousarray(embedding - embedding.mean(axis=0), dtype=np.float32)

    def _map(self, features: Float) -> Float:
        return interpolate(self.space_(features), self.landmarks_, self.embedding_, NEIGHBOURS)


def merge_twins(points: Float, embedding: Float) -> Float:
    """The embedding float32[n, d] with one mean row for all points float32[n, D] that are equal.

    An optimisation scatters equal points, and a query, which cannot tell them apart, would find only some of them.
    """
    _, first, group = np.unique(points, axis=0, return_index=True, return_inverse=True)
    if len(first) == len(points):
        return embedding
    total = np.zeros((len(first), embedding.shape[1]))
    np.add.at(total, group.ravel(), embedding)
    return np.asarray((total / np.bincount(group.ravel())[:, None])[group.ravel()], dtype=np.float32)
