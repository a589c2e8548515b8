"""Kernel regression on landmarks: what a search needs of it, in plain numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ....arrays import Arrays, Float

Index = NDArray[np.intp]

_ARRAYS = ("edges", "landmarks", "weights", "kernel_of", "coefficients", "base")


@dataclass(frozen=True)
class KernelRegression:
    """A regression of every value's indicator, under the kernel that suits its attribute.

    A kernel is exp(-sum over blocks b of weights[b] |x_b - l_b|²).

    Attributes:
        edges: intp[b + 1], where the inputs' blocks begin and the last one ends.
        landmarks: float32[m, k], inputs that every vector is compared to.
        weights: float32[g, b] of the g kernels.
        kernel_of: intp[c], the kernel of each value.
        coefficients: float32[m, c] and `base` float32[c], of the c values over all attributes.
    """

    edges: Index
    landmarks: Float
    weights: Float
    kernel_of: Index
    coefficients: Float
    base: Float

    def estimates(self, inputs: Float) -> Float:
        """Least-squares estimates of the values' probabilities, float32[n, c], not yet within 0 and 1."""
        return self.look(inputs)[0]

    def look(self, inputs: Float) -> tuple[Float, Float]:
        """`estimates`, and float32[n]: the distance to the nearest landmark, the mean of the blocks' squared ones."""
        found = np.empty((len(inputs), len(self.base)), np.float32)
        distances = self._distances(inputs)
        for at, (columns, coefficients) in enumerate(self._by_kernel):
            found[:, columns] = gaussian(distances, self.weights[at]) @ coefficients + self.base[columns]
        return found, gaps(distances, 0)

    def reach(self, inputs: Float, share: float) -> float:
        """Within which this share of products have another one: a picture beyond it is unlike the catalog."""
        # Of a landmark the nearest is itself.
        return float(np.quantile(gaps(self._distances(inputs), min(1, len(self.landmarks) - 1)), share))

    def _distances(self, inputs: Float) -> list[Float]:
        return block_distances(inputs, self.landmarks, self.edges, self._squares)

    @cached_property
    def _squares(self) -> list[Float]:
        return block_squares(self.landmarks, self.edges)

    @cached_property
    def _by_kernel(self) -> list[tuple[Index, Float]]:
        chosen = [np.flatnonzero(self.kernel_of == at) for at in range(len(self.weights))]
        return [(columns, np.ascontiguousarray(self.coefficients[:, columns])) for columns in chosen]

    def arrays(self) -> Arrays:
        """As plain arrays."""
        return {f"kernels.{name}": getattr(self, name) for name in _ARRAYS}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        return cls(*(arrays[f"kernels.{name}"] for name in _ARRAYS))


def block_squares(X: Float, edges: Index) -> list[Float]:
    """Squared lengths float32[n] of each block of float32[n, k]."""
    return [np.einsum("ij,ij->i", X[:, start:end], X[:, start:end]) for start, end in pairwise(edges)]


def block_distances(X: Float, landmarks: Float, edges: Index, squares: Sequence[Float]) -> list[Float]:
    """Squared distances float32[n, m] of each block to the landmarks, whose `block_squares` are given."""
    found = []
    for (start, end), own, theirs in zip(pairwise(edges), block_squares(X, edges), squares, strict=True):
        distances = X[:, start:end] @ landmarks[:, start:end].T
        distances *= -2
        distances += own[:, None]
        distances += theirs
        found.append(np.maximum(distances, 0, out=distances))
    return found


def similarity(X: Float, landmarks: Float, edges: Index, weights: Sequence[float]) -> Float:
    """The kernel float32[n, m] under one choice of weights, without a matrix for each block."""
    scale = np.repeat(np.sqrt(np.asarray(weights, np.float32)), np.diff(edges))
    used = scale > 0
    rows, fronts = X[:, used] * scale[used], landmarks[:, used] * scale[used]
    found = rows @ fronts.T
    found *= 2
    found -= np.einsum("ij,ij->i", rows, rows)[:, None]
    found -= np.einsum("ij,ij->i", fronts, fronts)
    np.minimum(found, 0, out=found)
    return np.asarray(np.exp(found, out=found))


def gaps(distances: Sequence[Float], rank: int) -> Float:
    """float32[n]: the smallest but `rank` of the blocks' mean squared distances."""
    # Added one by one: stacked, the blocks of a long batch would be copied.
    total = sum(distances[1:], start=distances[0]) / np.float32(len(distances))
    return np.asarray(np.partition(total, rank, axis=1)[:, rank])


def gaussian(distances: Sequence[Float], weights: Sequence[float] | Float) -> Float:
    """The kernel float32[n, m] of the blocks' squared distances."""
    total = np.zeros_like(distances[0])
    for distance, weight in zip(distances, weights, strict=True):
        if weight:
            total -= np.float32(weight) * distance
    return np.asarray(np.exp(total, out=total))
