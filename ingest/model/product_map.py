"""A map of a catalog: products that look alike lie near each other in two dimensions, for people to look at."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ..arrays import Float, read_arrays
from ..errors import StoreError
from .axes import principal_axes
from .landmarks import interpolate, sample

MAP_FILE = "map.npz"
"""Name of the file that keeps the map beside a version."""

LANDMARKS = 1500
"""Most products whose places are optimised; all others lie between those that they resemble."""

FEW = 100
"""Products below which the map is a projection: there is nothing to untangle."""

MAX_BYTES = 64 * 2**20
"""Size of the largest map that is read."""

_NEIGHBOURS = 5
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class ProductMap:
    """Places of some products, between which all others have theirs.

    Attributes:
        landmarks: float32[n, d], index vectors.
        places: float32[n, 2], theirs, in the unit square.
        method: what made them, `tsne` (van der Maaten and Hinton 2008) or `pca`.
    """

    landmarks: Float
    places: Float
    method: str

    @classmethod
    def fit(cls, vectors: Float, *, untangle: bool = True, seed: int = 0) -> Self:
        """Make a map of index vectors float32[n, d], at least one; of a sample, where there are many.

        Args:
            vectors: of products, no two of which need differ.
            untangle: whether neighbours may be looked for, which takes seconds, or the view is a projection.
            seed: of the sample.
        """
        landmarks = np.ascontiguousarray(vectors[sample(len(vectors), LANDMARKS, seed)], dtype=np.float32)
        if not untangle or len(landmarks) < FEW:
            return cls(landmarks, _in_square(_projected(landmarks)), "pca")
        from .reducers.tsne import TSNE

        fitted = TSNE(2, landmarks=LANDMARKS, random_state=seed).fit(landmarks)
        return cls(landmarks, _in_square(fitted.transform(landmarks)), "tsne")

    def place(self, vectors: Float) -> Float:
        """Places float32[m, 2] of index vectors float32[m, d], in the unit square."""
        return np.asarray(interpolate(vectors, self.landmarks, self.places, _NEIGHBOURS), np.float32)

    def to_bytes(self) -> bytes:
        """As a file."""
        file = io.BytesIO()
        np.savez(file, landmarks=self.landmarks, places=self.places, method=np.array(self.method))
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            StoreError: it is damaged.
        """
        try:
            if len(data) > MAX_BYTES:
                raise ValueError(f"more than {MAX_BYTES:,} bytes")
            arrays = read_arrays(io.BytesIO(data))
            found = cls(arrays["landmarks"], arrays["places"], str(arrays["method"]))
            found._check()
        # An altered file can make zipfile and numpy raise nearly anything, and all of it means the same.
        except Exception as error:
            raise StoreError(
                f"{MAP_FILE} cannot be read ({error}); `likewise reindex CATALOG` makes it anew."
            ) from error
        return found

    def _check(self) -> None:
        rows: Any = len(self.landmarks)
        if self.landmarks.ndim != 2 or self.places.shape != (rows, 2) or not rows or not np.isfinite(self.places).all():
            raise ValueError(f"landmarks of shape {self.landmarks.shape} with places of shape {self.places.shape}")


def _projected(vectors: Float) -> Float:
    """The plane of largest variance, float32[n, 2]; with zeros for a direction that there is none of."""
    plane = np.zeros((len(vectors), 2), np.float32)
    count = min(2, vectors.shape[1])
    axes = principal_axes(vectors, count)
    plane[:, :count] = (vectors - axes.mean) @ axes.components.T
    return plane


def _in_square(places: Float) -> Float:
    """The same places, with equal scales, in the middle of the unit square."""
    low, high = places.min(axis=0), places.max(axis=0)
    size = float((high - low).max()) or 1.0
    return np.asarray(0.5 + (places - (low + high) / 2) / size * (1 - 2 * _MARGIN), np.float32)
