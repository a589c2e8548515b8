"""How many clusters, when nobody says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ..landmarks import sample

AUTO = "auto"
CANDIDATES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
LEAST = 8
"""Fewer vectors have no clusters worth choosing."""

MOST = 2000
"""Vectors that the choice is made on; the silhouette needs all their pairwise distances."""

Curve = NDArray[np.float64]


def choose(X: Float, assign: Callable[[Float, int], NDArray[Any]], seed: int) -> tuple[int, Curve]:
    """The candidate with the largest mean silhouette (Rousseeuw 1987), by cosine, on a seeded sample.

    Args:
        X: float32[n, d].
        assign: labels of vectors float32[m, d] in k clusters.
        seed: of the sample.

    Returns:
        k, and the curve float64[candidates, 2] of k and silhouette.
    """
    from sklearn.metrics import silhouette_score

    points = np.ascontiguousarray(X[sample(len(X), MOST, seed)])
    curve = []
    for k in CANDIDATES:
        if k * 4 > len(points) and k > CANDIDATES[0]:
            break
        labels = assign(points, k)
        found = len(np.unique(labels))
        score = silhouette_score(points, labels, metric="cosine") if 1 < found < len(points) else -1.0
        curve.append((float(k), float(score)))
    table = np.array(curve)
    return int(table[np.argmax(table[:, 1]), 0]), table


def describe(curve: Curve) -> dict[str, Any]:
    """The curve for a manifest; empty when the number was given."""
    if not len(curve):
        return {}
    return {"silhouette": {str(int(k)): round(float(score), 4) for k, score in curve}}
