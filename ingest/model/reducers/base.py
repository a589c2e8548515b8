"""The protocol of reducers: feature vector to index vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ...errors import ParameterError
from ..estimator import Estimator, unit_rows

Labels = Mapping[str, NDArray[Any]]
"""Attribute name to an array of n strings, empty where unknown; unsupervised reducers ignore it."""


class Reducer(Estimator):
    """Maps float32[n, D] features to float32[n, d] index vectors, seen or unseen.

    Attributes:
        uses_labels: whether stored vectors also carry a product's own attributes.
        distance: how the store compares stored vectors, `cosine` or `dot`.
        prior: weight of those attributes in a search that names none.
    """

    uses_labels: ClassVar[bool] = False
    distance: ClassVar[str] = "cosine"
    prior: ClassVar[float] = 0.0

    @property
    @abstractmethod
    def dim(self) -> int:
        """Width of the index vectors; known after `fit`."""

    @property
    def width(self) -> int:
        """Width of the stored vectors: `dim`, or more where they carry attributes."""
        return self.dim

    @abstractmethod
    def fit(self, X: Float, y: Labels | None = None) -> Self:
        """Learn the map from float32[n, D]; `y` holds the catalog's attributes."""

    @abstractmethod
    def transform(self, X: Float) -> Float:
        """float32[m, D] to float32[m, d]; a row's image does not depend on the other rows."""

    def place(self, X: Float, y: Labels | None = None) -> Float:  # noqa: ARG002 - for reducers that use labels
        """float32[m, D] and what is known of the products to stored vectors, float32[m, width]."""
        return unit_rows(np.ascontiguousarray(self.transform(X), dtype=np.float32))


def check_components(who: str, n_components: int, *, at_most: int, of: str) -> None:
    """Check that `who` can make `n_components` numbers of `of`, for example "60 vectors of 48 numbers".

    Raises:
        ParameterError: not a positive integer, or more than `at_most`.
    """
    if type(n_components) is not int or n_components < 1:
        raise ParameterError(f"{who} takes a positive number of components; received {n_components!r}.")
    if n_components > at_most:
        raise ParameterError(
            f"{who} cannot make {n_components} components of {of}: at most {at_most}. "
            "Choose fewer components, or add products."
        )
