"""Principal axes of a matrix that is too long to copy, from its covariance in one pass over blocks of rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float

Double = NDArray[np.float64]

_BLOCK = 4096


class Axes(NamedTuple):
    """The principal axes of a matrix.

    Attributes:
        mean: float64[D], zero when the axes were asked for without centring.
        components: float64[k, D], orthonormal rows, largest variance first.
        variances: float64[k], along the components.
        total: variance of the whole matrix; `variances / total` are the explained shares.
    """

    mean: Double
    components: Double
    variances: Double
    total: float


def principal_axes(X: Float, k: int, *, centre: bool = True) -> Axes:
    """The `k` directions of largest variance of float32[n, D], k at most D; n may be memory-mapped.

    One covariance of D x D in double precision: at D = 2048 and n = 44,000 it takes some ten seconds on two cores
    and 100 MB, whatever n. A randomized solver is no faster there and less exact.
    """
    from scipy.linalg import eigh

    width = X.shape[1]
    mean = X.mean(axis=0, dtype=np.float64) if centre else np.zeros(width)
    covariance = np.zeros((width, width))
    for start in range(0, len(X), _BLOCK):
        block = X[start : start + _BLOCK] - mean
        covariance += block.T @ block
    covariance /= max(len(X) - int(centre), 1)
    variances, vectors = eigh(covariance, subset_by_index=[width - k, width - 1])
    components = fix_signs(np.ascontiguousarray(vectors.T[::-1]))
    return Axes(mean, components, np.clip(variances[::-1], 0, None), float(np.trace(covariance)))


def leading_directions(X: Float, count: int) -> Float:
    """The `count` orthonormal directions in which the rows of float32[n, D] are longest, as float32[count, D].

    Nothing is centred. Where D is smaller than `count`, the directions that do not exist are rows of zeros.
    """
    directions = np.zeros((count, X.shape[1]), np.float32)
    known = min(count, X.shape[1])
    if known:
        directions[:known] = principal_axes(X, known, centre=False).components
    return directions


def fix_signs(rows: NDArray[Any]) -> NDArray[Any]:
    """Each row of [k, D] with its largest entry made positive, since a solver chooses an eigenvector's sign at will."""
    largest = np.abs(rows).argmax(axis=1)
    signs = np.where(rows[np.arange(len(rows)), largest] < 0, -1, 1).astype(rows.dtype)
    return np.asarray(rows * signs[:, None])


def inverse_roots(eigenvalues: Double) -> Double:
    """One over the square root of each of float64[k], largest first, and 0 where only rounding makes them positive.

    A direction that numerical noise alone spans is left empty instead of being blown up.
    """
    solid = eigenvalues > 1e-9 * max(eigenvalues[0], 1e-300)
    return np.divide(1, np.sqrt(eigenvalues), out=np.zeros_like(eigenvalues), where=solid)
