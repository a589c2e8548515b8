"""No reduction: the features themselves, for the row of the study with 2048 numbers."""

from __future__ import annotations

from typing import ClassVar, Self

from ...arrays import Float
from ..estimator import check_matrix
from .base import AttributeColumns, Reducer


class Identity(Reducer):
    """Passes features through."""

    name = "none"
    maps_fast = True
    saved: ClassVar = {"width": "width_"}

    @property
    def index_dim(self) -> int:
        """Width of the features."""
        return int(self.width_)

    def fit(self, X: Float, attributes: AttributeColumns | None = None) -> Self:  # noqa: ARG002 - nothing to learn
        """Remember the width of float32[n, D].

        Raises:
            ParameterError: no vector, or NaN.
        """
        self.width_ = check_matrix(X, who=self.name).shape[1]
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D], checked and otherwise untouched."""
        return check_matrix(X, who=self.name, width=self.width_)
