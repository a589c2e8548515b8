"""Two ways to solve a kernel regression, each of which also judges every product by a regression without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import dpotri

from ....arrays import Float
from .kernels import Index, similarity

Bools = NDArray[np.bool_]

_BLOCK = 4096
_JITTER = 1e-5
"""Added to the diagonal of the landmarks' kernel, so that equal landmarks do not make it singular."""


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

    Args:
        kernel: float32[n, n] of the rows.
    """

    def __init__(self, kernel: Float) -> None:
        self._kernel = kernel

    def solve(self, known: Bools, targets: Float, ridge: float) -> Regression:
        """See `Solver`; the estimates without a row have a closed form (Allen's PRESS 1974)."""
        at = np.flatnonzero(known)
        whole = self._kernel if len(at) == len(self._kernel) else self._kernel[np.ix_(at, at)]
        kernel = whole.astype(np.float64)
        kernel[np.diag_indices(len(at))] += ridge
        root, _ = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve((root, True), targets, check_finite=False)
        inverse, _ = dpotri(root, lower=True, overwrite_c=True)
        coefficients = np.zeros((len(self._kernel), targets.shape[1]), np.float32)
        coefficients[at] = solved
        left_out = self._kernel @ coefficients
        left_out[at] = targets - solved / inverse.diagonal()[:, None]
        return Regression(coefficients, left_out)


class NystromSolver:
    """Ridge regression in the feature space that the landmarks span (Nyström's method, Williams and Seeger 2001).

    Args:
        inputs: float32[n, k], the rows.
        landmarks: float32[m, k], some of them.
        edges: intp[b + 1], where the blocks of the inputs begin and the last one ends.
        weights: of the blocks in the kernel.
    """

    def __init__(self, inputs: Float, landmarks: Float, edges: Index, weights: Sequence[float]) -> None:
        kernel = similarity(landmarks, landmarks, edges, weights).astype(np.float64)
        kernel[np.diag_indices(len(kernel))] += _JITTER
        self._root = cholesky(kernel, lower=True, overwrite_a=True, check_finite=False).astype(np.float32)
        self._rows = np.empty((len(inputs), len(landmarks)), np.float32)
        for start in range(0, len(inputs), _BLOCK):
            similar = similarity(inputs[start : start + _BLOCK], landmarks, edges, weights)
            self._rows[start : start + _BLOCK] = _times_inverse(similar, self._root)

    def solve(self, known: Bools, targets: Float, ridge: float) -> Regression:
        """See `Solver`; the estimates without a row follow from its leverage."""
        at = np.flatnonzero(known)
        gram, moments = np.zeros((self._rows.shape[1],) * 2), np.zeros((self._rows.shape[1], targets.shape[1]))
        for start in range(0, len(at), _BLOCK):
            block = self._rows[at[start : start + _BLOCK]]
            gram += block.T @ block
            moments += block.T @ targets[start : start + _BLOCK]
        gram[np.diag_indices(len(gram))] += ridge
        root = cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve((root, True), moments, check_finite=False)
        coefficients = solve_triangular(self._root.T, solved.astype(np.float32), check_finite=False)
        left_out = self._rows @ solved.astype(np.float32)
        single = root.astype(np.float32)
        for start in range(0, len(at), _BLOCK):
            part = at[start : start + _BLOCK]
            leverage = np.square(_times_inverse(self._rows[part], single)).sum(axis=1)[:, None]
            missed = targets[start : start + _BLOCK] - left_out[part]
            left_out[part] -= missed * leverage / np.maximum(1 - leverage, 1e-3)
        return Regression(np.asarray(coefficients, np.float32), left_out)


def _times_inverse(rows: Float, root: Float) -> Float:
    """Rows times the inverse of a transposed Cholesky factor."""
    return np.asarray(solve_triangular(root, rows.T, lower=True, check_finite=False).T, dtype=np.float32)
