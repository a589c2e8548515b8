"""Kernel regression on landmarks, with what a search needs of it in numpy.

The regression estimates, for every value of every attribute, whether a product has it: the estimate is a weighted
sum of the product's similarities to the landmarks, plus the value's share of the catalog. The similarity to a
landmark is a Gaussian kernel of the squared distances between the two, one distance for each block of the inputs:

    exp(-sum over blocks b of weights[b] * |x_b - l_b|²)

Several choices of these weights are in use, because colour lies in other blocks than cut.
"""

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
    """A fitted regression of all values of all attributes.

    Attributes:
        edges: intp[b + 1], the columns where the blocks of the inputs begin, and where the last one ends.
        landmarks: float32[m, k], the inputs of the products that every vector is compared to.
        weights: float32[g, b], the blocks' weights in each of the g kernels.
        kernel_of: intp[c], the number of the kernel that suits each value.
        coefficients: float32[m, c], the weights of the landmarks in each value's estimate.
        base: float32[c], the share of the products that have each value.
    """

    edges: Index
    landmarks: Float
    weights: Float
    kernel_of: Index
    coefficients: Float
    base: Float

    def estimates_and_gaps(self, inputs: Float) -> tuple[Float, Float]:
        """Estimate the values of products and say how far from the catalog the products are.

        Args:
            inputs: float32[n, k].

        Returns:
            Least-squares estimates of the values' probabilities, float32[n, c], which may lie outside 0 and 1, and
            the distances to the nearest landmark, float32[n], as means over the blocks' squared distances.
        """
        estimates = np.empty((len(inputs), len(self.base)), np.float32)
        distances = self._distances(inputs)
        for at, (columns, coefficients) in enumerate(self._by_kernel):
            estimates[:, columns] = gaussian(distances, self.weights[at]) @ coefficients + self.base[columns]
        return estimates, nth_smallest_mean(distances, 0)

    def usual_gap(self, inputs: Float, share: float) -> float:
        """The distance within which this share of the products float32[n, k] have another product as a neighbour."""
        # The nearest landmark of a product that is a landmark is itself, so the second nearest counts.
        gaps = nth_smallest_mean(self._distances(inputs), min(1, len(self.landmarks) - 1))
        return float(np.quantile(gaps, share))

    def _distances(self, inputs: Float) -> list[Float]:
        return block_distances(inputs, self.landmarks, self.edges, self._squares)

    @cached_property
    def _squares(self) -> list[Float]:
        return block_squares(self.landmarks, self.edges)

    @cached_property
    def _by_kernel(self) -> list[tuple[Index, Float]]:
        """The columns and the coefficients of the values that each kernel estimates."""
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
    """Squared lengths float32[n] of the rows of float32[n, k] in each block."""
    return [np.einsum("ij,ij->i", X[:, start:end], X[:, start:end]) for start, end in pairwise(edges)]


def block_distances(X: Float, landmarks: Float, edges: Index, squares: Sequence[Float]) -> list[Float]:
    """Squared distances float32[n, m] of rows to landmarks in each block; `squares` are the landmarks' own."""
    distances = []
    for (start, end), own, theirs in zip(pairwise(edges), block_squares(X, edges), squares, strict=True):
        block = X[:, start:end] @ landmarks[:, start:end].T
        block *= -2
        block += own[:, None]
        block += theirs
        distances.append(np.maximum(block, 0, out=block))
    return distances


def similarity(X: Float, landmarks: Float, edges: Index, weights: Sequence[float]) -> Float:
    """The kernel float32[n, m] of rows and landmarks; with one choice of weights no block needs its own matrix."""
    scale = np.repeat(np.sqrt(np.asarray(weights, np.float32)), np.diff(edges))
    used = scale > 0
    rows, columns = X[:, used] * scale[used], landmarks[:, used] * scale[used]
    kernel = rows @ columns.T
    kernel *= 2
    kernel -= np.einsum("ij,ij->i", rows, rows)[:, None]
    kernel -= np.einsum("ij,ij->i", columns, columns)
    np.minimum(kernel, 0, out=kernel)
    return np.asarray(np.exp(kernel, out=kernel))


def nth_smallest_mean(distances: Sequence[Float], n: int) -> Float:
    """The mean of the blocks' squared distances [rows, m] to the n-th nearest landmark, counted from 0: [rows]."""
    # Added one by one, because stacking would copy the blocks of a long batch.
    mean = sum(distances[1:], start=distances[0]) / np.float32(len(distances))
    return np.asarray(np.partition(mean, n, axis=1)[:, n])


def gaussian(distances: Sequence[Float], weights: Sequence[float] | Float) -> Float:
    """The kernel float32[n, m] from the blocks' squared distances."""
    total = np.zeros_like(distances[0])
    for distance, weight in zip(distances, weights, strict=True):
        if weight:
            total -= np.float32(weight) * distance
    return np.asarray(np.exp(total, out=total))
