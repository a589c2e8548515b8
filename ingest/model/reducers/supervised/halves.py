"""The two halves of the vectors that the supervised reducer makes.

Appearance: what the picture shows. The probabilities of all attributes in their leading directions, and beside them
some of the features' own leading directions. Unit length, so that a search without a prior is plain cosine search.

Attributes: the probabilities in the directions that keep expected matches. The dot product of two of them is the
share of attributes that are expected to be equal, up to the directions that are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ....arrays import Arrays, Float
from ...axes import leading_directions
from ...estimator import unit_rows
from .vocabulary import split_columns

FEATURE_SHARE = 0.2
"""Share of the numbers of the appearance half that the features' own directions get."""

FEATURE_WEIGHT = 0.3
"""Length of the features' part of the appearance half; that of the probabilities has length 1."""

_KEYS = {
    "mean": "mean",
    "look": "appearance_axes",
    "features": "feature_axes",
    "labels": "attribute_axes",
}
"""Names that saved models have for the fields."""


@dataclass(frozen=True, slots=True)
class Halves:
    """The directions of both halves, d numbers each.

    Attributes:
        sizes: number of values of each attribute; c in all.
        mean: float32[c] of the probabilities.
        appearance_axes: float32[d - f, c], of the centred probabilities.
        feature_axes: float32[f, k], of the features.
        attribute_axes: float32[d, c], of the probabilities.
    """

    sizes: tuple[int, ...]
    mean: Float
    appearance_axes: Float
    feature_axes: Float
    attribute_axes: Float

    @classmethod
    def fit(cls, inputs: Float, probabilities: Float, sizes: tuple[int, ...], width: int) -> Self:
        """Find the directions.

        Args:
            inputs: float32[n, k], features in blocks.
            probabilities: float32[n, c] of products that their estimates were not fitted on.
            sizes: number of values of each attribute.
            width: of a half.
        """
        features = round(FEATURE_SHARE * width)
        mean = probabilities.mean(axis=0).astype(np.float32)
        return cls(
            sizes,
            mean,
            leading_directions(_centred(probabilities, mean, sizes), width - features),
            leading_directions(inputs, features),
            leading_directions(probabilities, width),
        )

    def appearance(self, inputs: Float, probabilities: Float) -> Float:
        """The appearance half, float32[m, d] of unit length."""
        centred = _centred(probabilities, self.mean, self.sizes)
        meaning = unit_rows(np.ascontiguousarray(centred @ self.appearance_axes.T))
        own = inputs @ self.feature_axes.T
        if own.shape[1]:
            own = FEATURE_WEIGHT * unit_rows(np.ascontiguousarray(own))
        return unit_rows(np.ascontiguousarray(np.hstack([meaning, own]), dtype=np.float32))

    def attributes(self, probabilities: Float) -> Float:
        """The attribute half, float32[m, d]."""
        # Divided so that the dot product of two halves is a share of the attributes.
        return np.asarray(probabilities @ self.attribute_axes.T / np.sqrt(len(self.sizes)), dtype=np.float32)

    def arrays(self) -> Arrays:
        """As plain arrays."""
        return {key: getattr(self, field) for key, field in _KEYS.items()}

    @classmethod
    def restore(cls, arrays: Arrays, sizes: tuple[int, ...]) -> Self:
        """Take `arrays()` back."""
        return cls(sizes, **{field: arrays[key] for key, field in _KEYS.items()})


def _centred(probabilities: Float, mean: Float, sizes: tuple[int, ...]) -> Float:
    """Each attribute's probabilities without their mean and at unit length, so that all attributes count the same."""
    parts = split_columns(probabilities - mean, sizes)
    return np.hstack([unit_rows(np.ascontiguousarray(part)) for part in parts])
