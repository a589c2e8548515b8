"""Two ways to solve a kernel regression, each of which also judges every product by a regression without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import strtri

from ....arrays import Float
from .kernels import Index, similarity

Bools = NDArray[np.bool_]

_BLOCK = 4096
_SKETCH = 2048
"""Directions that leverages are measured in where every row is a landmark: to √(2 / 2048) = 3 % of each."""

_LEAST = 64
"""Directions in any case, of which few landmarks have no more."""

_ROUNDING = 1e-5
"""Added to the diagonal of the normal equations, as a share of its mean: more than rounding takes from it."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A solved regression.

    Attributes:
        coefficients: float32[m, c], the weights of the m landmarks.
        left_out: float32[n, c], estimates of each of the n rows by a regression on the others.
    """

    coefficients: Float
    left_out: Float


class Solver(Protocol):
    """Solves regressions of one set of rows under one kernel."""

    def solve(self, known: Bools, targets: Float, ridge: float) -> Regression:
        """Fit targets float32[known, c] on the known rows; the others are estimated by this regression as it is."""


class ExactSolver:
    """Kernel ridge regression with all rows as landmarks (Saunders, Gammerman and Vovk 1998).

    In single precision, of which the ridges leave enough: an estimate differs by 1e-4 from one in double precision,
    which takes twice as long.

    Args:
        kernel: float32[n, n] of the rows.
    """

    def __init__(self, kernel: Float) -> None:
        self._kernel = kernel

    def solve(self, known: Bools, targets: Float, ridge: float) -> Regression:
        """See `Solver`; the estimates without a row have a closed form (Allen's PRESS 1974)."""
        at = np.flatnonzero(known)
        kernel = self._kernel.copy() if len(at) == len(self._kernel) else self._kernel[np.ix_(at, at)]
        kernel[np.diag_indices(len(at))] += np.float32(ridge)
        # LAPACK wants columns, and a symmetric matrix has the same ones as rows: nothing is copied.
        root = cholesky(kernel.T, lower=True, overwrite_a=True, check_finite=False)
        inverse, _ = strtri(root, lower=1, overwrite_c=1)
        solved = inverse.T @ (inverse @ targets)
        coefficients = np.zeros((len(self._kernel), targets.shape[1]), np.float32)
        coefficients[at] = solved
        left_out = self._kernel @ coefficients
        # The columns of the inverted root have the lengths of the inverted kernel's diagonal.
        left_out[at] = targets - solved / np.einsum("ij,ij->j", inverse, inverse)[:, None]
        return Regression(coefficients, left_out)


class NystromSolver:
    """Ridge regression in the feature space that the landmarks span (Nyström's method, Williams and Seeger 2001).

    Its normal equations are built from the kernel less the mean of each landmark's column, which is put back in double
    precision: what is left is small, and single precision is enough for it.

    Args:
        inputs: float32[n, k], the rows.
        landmarks: float32[m, k], some of them.
        edges: intp[b + 1], where the blocks of the inputs begin and the last one ends.
        weights: of the blocks in the kernel.
    """

    def __init__(self, inputs: Float, landmarks: Float, edges: Index, weights: Sequence[float]) -> None:
        self._among = similarity(landmarks, landmarks, edges, weights)
        self._means = self._among.mean(axis=0)
        self._rows = np.empty((len(inputs), len(landmarks)), np.float32)
        for start in range(0, len(inputs), _BLOCK):
            block = inputs[start : start + _BLOCK]
            np.subtract(
                similarity(block, landmarks, edges, weights), self._means, out=self._rows[start : start + _BLOCK]
            )

    def solve(self, known: Bools, targets: Float, ridge: float) -> Regression:
        """See `Solver`; the estimates without a row follow from its leverage."""
        at = np.flatnonzero(known)
        gram, moments = self._normal_equations(at, targets)
        for start in range(0, len(gram), _BLOCK):
            gram[start : start + _BLOCK] += np.float32(ridge) * self._among[start : start + _BLOCK]
        root = cholesky(gram.T, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve((root, True), moments, check_finite=False).astype(np.float32)
        left_out = self._rows @ solved + self._means @ solved
        sketch = _sketch(root, len(at))
        # With its own row as one of the landmarks no leverage is more.
        most = 1 / (1 + ridge)
        for start in range(0, len(at), _BLOCK):
            part = at[start : start + _BLOCK]
            seen = self._rows[part] @ sketch + self._means @ sketch
            leverage = np.minimum(np.einsum("ij,ij->i", seen, seen), most)[:, None]
            missed = targets[start : start + _BLOCK] - left_out[part]
            left_out[part] -= missed * leverage / (1 - leverage)
        return Regression(solved, left_out)

    def _normal_equations(self, at: Index, targets: Float) -> tuple[NDArray[Any], NDArray[Any]]:
        """The kernel's columns times each other, float64[m, m], and times the targets of the rows, float64[m, c]."""
        width = self._rows.shape[1]
        gram, moments, sums = np.zeros((width, width)), np.zeros((width, targets.shape[1])), np.zeros(width)
        for start in range(0, len(at), _BLOCK):
            block = self._rows[at[start : start + _BLOCK]]
            gram += block.T @ block
            moments += block.T @ targets[start : start + _BLOCK]
            sums += block.sum(axis=0, dtype=np.float64)
        gram[np.diag_indices(width)] += _ROUNDING * gram.diagonal().mean()
        means = self._means.astype(np.float64)
        for start in range(0, width, _BLOCK):
            part = slice(start, start + _BLOCK)
            gram[part] += np.outer(sums[part], means)
            gram[part] += np.outer(means[part], sums + len(at) * means)
        moments += np.outer(means, targets.sum(axis=0, dtype=np.float64))
        return gram, moments


def _sketch(root: NDArray[Any], rows: int) -> Float:
    """float32[m, s] for which the leverage of a row of the kernel is the squared length of the row times it.

    Leverages are squared lengths in the space that the Cholesky factor spans. Random signs nearly keep them (Johnson
    and Lindenstrauss 1984; for leverages Drineas et al. 2012), in a tenth of the time that all directions take.
    """
    width = len(root)
    # The more rows a landmark, the smaller the leverages, and the less an error of them matters.
    directions = max(_LEAST, _SKETCH * width // max(1, rows))
    if directions < width:
        signs = np.random.default_rng(width).choice([-1.0, 1.0], (width, directions)) / np.sqrt(directions)
    else:
        signs = np.eye(width)
    return np.asarray(solve_triangular(root, signs, lower=True, trans="T", check_finite=False), dtype=np.float32)
