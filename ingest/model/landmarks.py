"""What the landmark methods share: a PCA front, nearest landmarks, and weights that interpolate between them.

Isomap, UMAP and t-SNE place a sample of products, the landmarks; every other vector, seen or not, is placed
from its nearest landmarks alone, so that its image does not depend on what else is in the batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import Arrays, Float
from .axes import principal_axes
from .estimator import unit_rows

FRONT = 256
"""Principal components that distances are taken in; they keep over 90 % of the variance of ResNet features."""

_BLOCK = 512


class Front:
    """Unit-length features, centred and turned to their first principal axes: float32[n, D] to float32[n, f]."""

    def __init__(self, mean: Float, components: Float) -> None:
        self.mean = mean
        self.components = components

    @classmethod
    def fit(cls, X: Float) -> Front:
        """Find the axes of float32[n, D]."""
        unit = unit_rows(X)
        axes = principal_axes(unit, min(FRONT, *unit.shape))
        return cls(axes.mean.astype(np.float32), axes.components.astype(np.float32))

    def __call__(self, X: Float) -> Float:
        """Map float32[m, D]."""
        return np.asarray((unit_rows(X) - self.mean) @ self.components.T, dtype=np.float32)

    def arrays(self) -> Arrays:
        """State, to be saved."""
        return {"front_mean": self.mean, "front_components": self.components}

    @classmethod
    def restore(cls, arrays: Arrays) -> Front:
        """Take the state back."""
        return cls(arrays["front_mean"], arrays["front_components"])


def sample(n: int, most: int, seed: int) -> NDArray[np.intp]:
    """At most `most` of n rows, seeded, ascending; all of them when they are few enough."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def nearest(X: Float, landmarks: Float, k: int) -> tuple[NDArray[np.intp], Float]:
    """The `k` nearest landmarks of each row, nearest first: intp[m, k] and Euclidean distances float32[m, k]."""
    k = min(k, len(landmarks))
    found = np.empty((len(X), k), np.intp)
    distances = np.empty((len(X), k), np.float32)
    squares = np.einsum("ij,ij->i", landmarks, landmarks)
    for start in range(0, len(X), _BLOCK):
        block = X[start : start + _BLOCK]
        gaps = squares - 2 * block @ landmarks.T
        near = np.argpartition(gaps, k - 1, axis=1)[:, :k]
        # The fast formula cancels for close pairs: the few that remain are measured again.
        exact = np.linalg.norm(landmarks[near] - block[:, None], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        found[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
        distances[start : start + _BLOCK] = np.take_along_axis(exact, order, axis=1)
    return found, distances


def shepard(distances: Float, power: float = 2.0) -> Float:
    """Inverse-distance weights float32[m, k], summing to 1 (Shepard 1968): a landmark lands on its own place."""
    floor = 1e-3 * np.maximum(distances[:, -1:], 1e-12)
    weights = 1 / np.maximum(distances, floor) ** power
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def interpolate(X: Float, landmarks: Float, places: Float, k: int) -> Float:
    """Places of the nearest landmarks, weighted by closeness: float32[m, d]."""
    found, distances = nearest(X, landmarks, k)
    return np.asarray(np.einsum("mk,mkd->md", shepard(distances), places[found]), dtype=np.float32)
