"""The protocol of reducers: feature vector to index vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from numpy.typing import NDArray

from ..estimator import Estimator, Float

Labels = Mapping[str, NDArray[Any]]
"""Attribute name to an array of n strings, empty where unknown; unsupervised reducers ignore it."""


class Reducer(Estimator):
    """Maps float32[n, D] features to float32[n, d] index vectors, seen or unseen."""

    @property
    @abstractmethod
    def dim(self) -> int:
        """Width of the index vectors; known after `fit`."""

    @abstractmethod
    def fit(self, X: Float, y: Labels | None = None) -> Self:
        """Learn the map from float32[n, D]; `y` holds the catalog's attributes."""

    @abstractmethod
    def transform(self, X: Float) -> Float:
        """float32[m, D] to float32[m, d]; a row's image does not depend on the other rows."""
