"""Kernel regression of the catalog's attributes.

The least-squares estimate of a value's indicator is its probability, which is what ranking by expected matches needs.
Each attribute has the kernel that suits it, since colour lies elsewhere in the features than cut. Every product is
judged by a regression without it, in closed form: nothing has to be held out for choosing or for calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ....arrays import Float
from ...landmarks import sample
from .kernel_spaces import Exact, Landmarks, Space
from .kernels import Index, KernelRegression, block_distances, block_squares, gaussian, similarity

SCALES = (0.25, 0.5, 1.0)
"""Of the squared distances, whose mean over the catalog is 2."""

RIDGES = (0.03, 0.1, 0.3)

EMPHASIS = 0.5
"""Share of a block that a kernel looks at foremost."""

CHOICE = 2000
"""Products that kernels are compared on."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Weights of the blocks' squared distances, and the ridge."""

    weights: tuple[float, ...]
    ridge: float


def train_kernels(
    inputs: Float, edges: Index, codes: Index, sizes: Sequence[int], landmarks: int, seed: int
) -> tuple[KernelRegression, Float]:
    """Choose kernels and fit.

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
    kernels, kernel_of = choose(inputs, edges, codes, sizes, seed)
    rows = sample(len(inputs), landmarks, seed)
    fronts = inputs[rows]
    ends = np.cumsum([0, *sizes])
    coefficients = np.zeros((len(fronts), ends[-1]), np.float32)
    base = np.zeros(ends[-1], np.float32)
    left_out = np.empty((len(inputs), ends[-1]), np.float32)
    for at, chosen in enumerate(kernels):
        space: Space
        if len(rows) == len(inputs):
            space = Exact(similarity(inputs, inputs, edges, chosen.weights))
        else:
            space = Landmarks(inputs, fronts, edges, chosen.weights)
        for known, group in _by_known(codes, np.flatnonzero(kernel_of == at)):
            columns = np.concatenate([np.arange(ends[one], ends[one + 1]) for one in group])
            targets = np.hstack([np.eye(sizes[one], dtype=np.float32)[codes[known, one]] for one in group])
            base[columns] = targets.mean(axis=0)
            found = space.regress(known, targets - base[columns], chosen.ridge)
            coefficients[:, columns] = found.coefficients
            left_out[:, columns] = found.left_out + base[columns]
    weights = np.array([each.weights for each in kernels], np.float32)
    owner = np.repeat(kernel_of, sizes)
    return KernelRegression(np.asarray(edges), fronts, weights, owner, coefficients, base), left_out


def choose(inputs: Float, edges: Index, codes: Index, sizes: Sequence[int], seed: int) -> tuple[list[Kernel], Index]:
    """The kernels that are used, and the one of each attribute: the least squared error on left-out products."""
    rows = sample(len(inputs), CHOICE, seed)
    inputs, codes = inputs[rows], codes[rows]
    # An unknown value's target is the mean: it says nothing, and all attributes are solved at once.
    known = codes >= 0
    targets = [np.eye(size, dtype=np.float32)[codes[:, at]] for at, size in enumerate(sizes)]
    for at, target in enumerate(targets):
        target -= target[known[:, at]].mean(axis=0) if known[:, at].any() else 0
        target[~known[:, at]] = 0
    joined, ends = np.hstack(targets), np.cumsum(sizes)[:-1]
    everything = np.ones(len(rows), bool)
    distances = block_distances(inputs, inputs, edges, block_squares(inputs, edges))
    candidates: list[Kernel] = []
    errors: list[list[float]] = []
    for mix, scale in product(mixes(len(edges) - 1), SCALES):
        weights = tuple(scale * share for share in mix)
        space = Exact(gaussian(distances, weights))
        for ridge in RIDGES:
            missed = np.square(space.regress(everything, joined, ridge).left_out - joined)
            candidates.append(Kernel(weights, ridge))
            errors.append([float(part[known[:, at]].sum()) for at, part in enumerate(np.split(missed, ends, axis=1))])
    best = np.argmin(np.array(errors), axis=0)
    used = sorted(set(best.tolist()))
    return [candidates[at] for at in used], np.array([used.index(at) for at in best], np.intp)


def mixes(blocks: int) -> list[tuple[float, ...]]:
    """Shares of the blocks in a distance: all alike, one foremost, one left out."""
    found = [(1 / blocks,) * blocks]
    for at in range(blocks if blocks > 1 else 0):
        for share in (EMPHASIS, 0.0):
            others = (1 - share) / (blocks - 1)
            found.append(tuple(share if block == at else others for block in range(blocks)))
    return list(dict.fromkeys(found))


def _by_known(codes: Index, attributes: Index) -> list[tuple[NDArray[np.bool_], list[int]]]:
    """Attributes that the same products have are solved together."""
    found: dict[bytes, tuple[NDArray[np.bool_], list[int]]] = {}
    for one in attributes:
        known = codes[:, one] >= 0
        found.setdefault(known.tobytes(), (known, []))[1].append(int(one))
    return list(found.values())
