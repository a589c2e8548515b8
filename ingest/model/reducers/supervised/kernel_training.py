"""Kernel regression of the catalog's attributes.

The least-squares estimate of whether a product has a value is the probability of that value, which is what ranking
by expected matches needs. Each attribute has the kernel that suits it, since colour lies elsewhere in the features
than cut. Every product is judged by a regression without it, in closed form, so that no products have to be held out
for the choice or for the calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ....arrays import Float
from ...landmarks import sample
from .kernel_solvers import ExactSolver, NystromSolver, Solver
from .kernels import Index, KernelRegression, block_distances, block_squares, similarity
from .vocabulary import Codes, split_columns

SCALES = (0.25, 0.5, 1.0)
"""Factors of the squared distances, whose mean over the catalog is 2."""

RIDGES = (0.03, 0.1, 0.3)
RIDGE = 0.1
"""Under which the weights are compared."""

EMPHASIS = 0.5
"""Share of the block that a kernel weighs most."""

CHOICE = 2000
"""Products that kernels are compared on."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Weights of the blocks' squared distances, and the ridge of the regression."""

    weights: tuple[float, ...]
    ridge: float


def train_kernels(
    inputs: Float, edges: Index, codes: Codes, sizes: Sequence[int], landmarks: int, seed: int
) -> tuple[KernelRegression, Float]:
    """Choose a kernel for each attribute and fit the regression.

    Args:
        inputs: float32[n, k] in blocks whose rows have unit length.
        edges: where the blocks begin and the last one ends.
        codes: intp[n, a], the number of each attribute's value, -1 where unknown.
        sizes: number of values of each attribute.
        landmarks: most products that every vector is compared to.
        seed: of the samples.

    Returns:
        The regression, and float32[n, c]: each product's estimates by a regression without it.
    """
    kernels, kernel_of = choose_kernels(inputs, edges, codes, sizes, seed)
    rows = sample(len(inputs), landmarks, seed)
    points = inputs[rows]
    ends = np.cumsum([0, *sizes])
    coefficients = np.zeros((len(points), ends[-1]), np.float32)
    base = np.zeros(ends[-1], np.float32)
    left_out = np.empty((len(inputs), ends[-1]), np.float32)
    for at, kernel in enumerate(kernels):
        solver: Solver
        if len(rows) == len(inputs):
            solver = ExactSolver(similarity(inputs, inputs, edges, kernel.weights))
        else:
            solver = NystromSolver(inputs, points, edges, kernel.weights)
        for known, group in _by_known(codes, np.flatnonzero(kernel_of == at)):
            columns = np.concatenate([np.arange(ends[one], ends[one + 1]) for one in group])
            targets = np.hstack([np.eye(sizes[one], dtype=np.float32)[codes[known, one]] for one in group])
            base[columns] = targets.mean(axis=0)
            solved = solver.solve(known, targets - base[columns], kernel.ridge)
            coefficients[:, columns] = solved.coefficients
            left_out[:, columns] = solved.left_out + base[columns]
    weights = np.array([each.weights for each in kernels], np.float32)
    return KernelRegression(
        np.asarray(edges), points, weights, np.repeat(kernel_of, sizes), coefficients, base
    ), left_out


def choose_kernels(
    inputs: Float, edges: Index, codes: Codes, sizes: Sequence[int], seed: int
) -> tuple[list[Kernel], Index]:
    """The kernels in use, and the number of each attribute's: that of the least squared error on left-out products."""
    rows = sample(len(inputs), CHOICE, seed)
    inputs, codes = inputs[rows], codes[rows]
    # The target of an unknown value is the mean, which teaches nothing, so that all attributes are solved at once.
    known = codes >= 0
    targets = [np.eye(size, dtype=np.float32)[codes[:, at]] for at, size in enumerate(sizes)]
    for at, target in enumerate(targets):
        target -= target[known[:, at]].mean(axis=0) if known[:, at].any() else 0
        target[~known[:, at]] = 0
    joined = np.hstack(targets)
    distances = np.stack(block_distances(inputs, inputs, edges, block_squares(inputs, edges)))
    errors: dict[Kernel, list[float]] = {}

    def judge(weights: tuple[float, ...], ridges: Sequence[float]) -> None:
        solver = ExactSolver(np.exp(np.tensordot(-np.array(weights, np.float32), distances, axes=1)))
        for ridge in ridges:
            left_out = solver.solve(np.ones(len(rows), bool), joined, ridge).left_out
            missed = split_columns(np.square(left_out - joined), sizes)
            errors[Kernel(weights, ridge)] = [float(part[known[:, at]].sum()) for at, part in enumerate(missed)]

    for shares, scale in product(block_shares(len(edges) - 1), SCALES):
        judge(tuple(scale * share for share in shares), [RIDGE])
    # A third of the work of all pairs: what weights are best depends little on the ridge.
    for weights in dict.fromkeys(kernel.weights for kernel in _best(errors)):
        judge(weights, [ridge for ridge in RIDGES if ridge != RIDGE])
    best = _best(errors)
    used = list(dict.fromkeys(best))
    return used, np.array([used.index(kernel) for kernel in best], np.intp)


def _best(errors: dict[Kernel, list[float]]) -> list[Kernel]:
    """The kernel of the least error for each attribute."""
    kernels = list(errors)
    return [kernels[at] for at in np.argmin(list(errors.values()), axis=0)]


def block_shares(blocks: int) -> list[tuple[float, ...]]:
    """Shares of the blocks in a distance that are tried: equal ones, one block emphasised, one left out."""
    shares = [(1 / blocks,) * blocks]
    for at in range(blocks if blocks > 1 else 0):
        for share in (EMPHASIS, 0.0):
            others = (1 - share) / (blocks - 1)
            shares.append(tuple(share if block == at else others for block in range(blocks)))
    return list(dict.fromkeys(shares))


def _by_known(codes: Codes, attributes: Index) -> list[tuple[NDArray[np.bool_], list[int]]]:
    """Groups of attributes that the same products have, which are solved together."""
    groups: dict[bytes, tuple[NDArray[np.bool_], list[int]]] = {}
    for one in attributes:
        known = codes[:, one] >= 0
        groups.setdefault(known.tobytes(), (known, []))[1].append(int(one))
    return list(groups.values())
