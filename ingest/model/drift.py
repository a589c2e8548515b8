"""Whether the catalog has outgrown its model: today's products compared with those that the model was fitted on.

There are three signs, each of which is compared with the same measure at fit time:

variance lost      share of the features' variance outside the leading directions of the catalog at fit time
cluster shift      population stability index of the cluster sizes (Siddiqi 2006: over 0.25 is a changed population)
outliers           share of products farther from their cluster's centre than 99 % of products were
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..errors import StoreError

DRIFT_FILE = "drift.npz"
"""Name of the file that keeps the baseline beside a version."""

DIRECTIONS = 64
"""Leading directions of the features that count as seen at fit time."""

SHIFT_LIMIT = 0.25
OUTLIER_LIMIT = 0.05
VARIANCE_LIMIT = 1.25
"""Factor by which the variance lost may grow."""

MAX_BYTES = 64 * 2**20
"""Size of the largest baseline that is read."""

_QUANTILE = 0.99


@dataclass(frozen=True, slots=True)
class DriftReport:
    """How far a catalog has moved since the model was fitted.

    Attributes:
        variance_lost: share of the features' variance outside the directions of fit time, in [0, 1].
        variance_lost_at_fit: the same at fit time.
        cluster_shift: population stability index, 0 for equal shares.
        outliers: share of products beyond the 99th percentile of fit time; 0.01 is no drift.
        reasons: why a refit is due, in words; empty when it is not.
    """

    variance_lost: float
    variance_lost_at_fit: float
    cluster_shift: float
    outliers: float
    reasons: tuple[str, ...]

    @property
    def refit(self) -> bool:
        """Whether a refit is due."""
        return bool(self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, for the log."""
        return {**asdict(self), "reasons": list(self.reasons), "refit": self.refit}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a catalog was when its model was fitted.

    Attributes:
        mean: float32[D] of the features.
        directions: float32[c, D], leading directions of the features, orthonormal.
        variance_lost: share of the variance outside of these directions.
        clusters: intp[k], the numbers of the clusters.
        centres: float32[k, d], the mean index vector of each cluster.
        shares: float64[k], the share of the products in each cluster.
        radius: 99th percentile of the products' cosine distance to the centre of their cluster.
    """

    mean: Float
    directions: Float
    variance_lost: float
    clusters: NDArray[np.intp]
    centres: Float
    shares: NDArray[np.float64]
    radius: float

    @classmethod
    def measure(cls, features: Float, vectors: Float, clusters: NDArray[np.intp]) -> Self:
        """Describe a catalog by features float32[n, D], index vectors float32[n, d] and clusters intp[n]."""
        from sklearn.utils.extmath import randomized_svd

        mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
        count = min(DIRECTIONS, min(features.shape) - 1)
        if count > 0:
            directions = randomized_svd(features - mean, count, n_iter=2, random_state=0)[2]
        else:
            directions = np.zeros((0, features.shape[1]))
        names, codes, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
        centres = np.stack([vectors[codes == at].mean(axis=0) for at in range(len(names))])
        distances = _distances(vectors, centres, codes)
        directions = np.ascontiguousarray(directions, np.float32)
        lost = _variance_lost(features, mean, directions)
        radius = float(np.quantile(distances, _QUANTILE))
        return cls(mean, directions, lost, names, centres.astype(np.float32), sizes / len(clusters), radius)

    def drift(self, features: Float, vectors: Float, clusters: NDArray[np.intp]) -> DriftReport:
        """The drift of today's products, which are described by the same arrays as in `measure`."""
        lost = _variance_lost(features, self.mean, self.directions)
        known = np.searchsorted(self.clusters, clusters).clip(max=len(self.clusters) - 1)
        distances = _distances(vectors, self.centres, known)
        distances[self.clusters[known] != clusters] = np.inf
        # The slack keeps rounding from making outliers of a catalog of equal products.
        outliers = float(np.mean(distances > self.radius + 1e-4))
        today = np.array([np.mean(clusters == name) for name in self.clusters])
        shift = stability_index(self.shares, today, len(clusters))
        reasons = []
        if lost > VARIANCE_LIMIT * self.variance_lost + 0.01:
            reasons.append(f"variance lost {lost:.1%}, at fit time {self.variance_lost:.1%}")
        if shift > SHIFT_LIMIT:
            reasons.append(f"cluster sizes shifted by {shift:.2f}, limit {SHIFT_LIMIT}")
        if outliers > OUTLIER_LIMIT:
            reasons.append(f"{outliers:.1%} of the products are far from every product of fit time")
        return DriftReport(lost, self.variance_lost, shift, outliers, tuple(reasons))

    def to_bytes(self) -> bytes:
        """As an `.npz` archive without pickle."""
        out = io.BytesIO()
        arrays: dict[str, Any] = asdict(self)
        np.savez(out, **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a baseline that `to_bytes` wrote.

        Raises:
            StoreError: the data are damaged, or no baseline.
        """
        try:
            if len(data) > MAX_BYTES:
                raise ValueError(f"{len(data)} bytes")
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in cls.__dataclass_fields__}
            return cls(
                arrays["mean"],
                arrays["directions"],
                float(arrays["variance_lost"]),
                arrays["clusters"],
                arrays["centres"],
                arrays["shares"],
                float(arrays["radius"]),
            )
        # An altered file can make zipfile and numpy raise nearly anything, and all of it means the same.
        except Exception as error:
            raise StoreError(f"{DRIFT_FILE} cannot be read ({error}). Refit with `--refit always`.") from error


def stability_index(before: NDArray[np.float64], after: NDArray[np.float64], n: int) -> float:
    """Sum of (after - before) * log(after / before) over shares; empty cells count as half a product of `n`."""
    floor = 0.5 / max(n, 1)
    old, new = np.maximum(before, floor), np.maximum(after, floor)
    return float(np.sum((new - old) * np.log(new / old)))


def _variance_lost(features: Float, mean: Float, directions: Float) -> float:
    centred = features - mean
    total = float(np.square(centred, dtype=np.float64).sum())
    kept = float(np.square(centred @ directions.T, dtype=np.float64).sum())
    return max(0.0, 1.0 - kept / total) if total > 0 else 0.0


def _distances(vectors: Float, centres: NDArray[Any], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    norms = np.maximum(np.linalg.norm(centres, axis=1), 1e-12)
    return np.asarray(1.0 - np.einsum("nd,nd->n", vectors, centres[codes], dtype=np.float64) / norms[codes])
