"""Landmarks: a sample of the products that is fitted exactly, and from which every other vector is derived.

Methods whose cost grows with the square of the products are fitted on landmarks. Every vector, seen or not, is then
mapped by its distances to the landmarks alone, so that the result does not depend on what else is in the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Arrays, Float
from .axes import principal_axes
from .estimator import unit_rows

COMPONENTS = 256
"""Principal components that distances are taken in; they keep over 90 % of the variance of ResNet features."""

_BLOCK = 512


@dataclass(frozen=True, slots=True)
class PrincipalSpace:
    """Unit-length features in the coordinates of their first principal components.

    Attributes:
        mean: float32[D] of the unit-length features.
        components: float32[f, D], orthonormal.
    """

    mean: Float
    components: Float

    @classmethod
    def fit(cls, X: Float) -> Self:
        """Find the principal components of float32[n, D]."""
        unit = unit_rows(X)
        axes = principal_axes(unit, min(COMPONENTS, *unit.shape))
        return cls(axes.mean.astype(np.float32), axes.components.astype(np.float32))

    def __call__(self, X: Float) -> Float:
        """Map float32[m, D] to float32[m, f]."""
        return np.asarray((unit_rows(X) - self.mean) @ self.components.T, dtype=np.float32)

    def arrays(self) -> Arrays:
        """As plain arrays, under the names that saved models have for them."""
        return {"front_mean": self.mean, "front_components": self.components}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        return cls(arrays["front_mean"], arrays["front_components"])


def sample(n: int, most: int, seed: int) -> NDArray[np.intp]:
    """At most `most` of n rows, drawn with a seed, in ascending order; all rows when they are few enough."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def coverage(landmarks: int, rows: int, otherwise: str = "landmarks") -> dict[str, Any]:
    """For a manifest: the method is exact when all `rows` are landmarks, and `otherwise` names it when not."""
    return {"method": "exact" if landmarks == rows else otherwise, "landmarks": landmarks}


def nearest(X: Float, landmarks: Float, k: int) -> tuple[NDArray[np.intp], Float]:
    """The `k` nearest landmarks of each row, nearest first: intp[m, k] and Euclidean distances float32[m, k]."""
    k = min(k, len(landmarks))
    neighbours = np.empty((len(X), k), np.intp)
    distances = np.empty((len(X), k), np.float32)
    squares = np.einsum("ij,ij->i", landmarks, landmarks)
    for start in range(0, len(X), _BLOCK):
        block = X[start : start + _BLOCK]
        gaps = squares - 2 * block @ landmarks.T
        near = np.argpartition(gaps, k - 1, axis=1)[:, :k]
        # The fast formula loses all digits for close pairs, so the few that remain are measured again.
        exact = np.linalg.norm(landmarks[near] - block[:, None], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        neighbours[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
        distances[start : start + _BLOCK] = np.take_along_axis(exact, order, axis=1)
    return neighbours, distances


def shepard(distances: Float, power: float = 2.0) -> Float:
    """Inverse-distance weights float32[m, k] that sum to 1 (Shepard 1968); at distance 0 nearly all is one weight."""
    floor = 1e-3 * np.maximum(distances[:, -1:], 1e-12)
    weights = 1 / np.maximum(distances, floor) ** power
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def interpolate(X: Float, landmarks: Float, embedding: Float, k: int) -> Float:
    """The embedding float32[l, d] of the `k` nearest landmarks, weighted by closeness: float32[m, d]."""
    neighbours, distances = nearest(X, landmarks, k)
    return np.asarray(np.einsum("mk,mkd->md", shepard(distances), embedding[neighbours]), dtype=np.float32)
