"""No reduction: the features themselves, for the study's 2048-d row."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ...arrays import Arrays, Float
from ..estimator import check_matrix
from .base import Labels, Reducer


class Identity(Reducer):
    """Passes features through."""

    name = "none"

    @property
    def dim(self) -> int:
        """Width of the features."""
        return int(self.width_)

    def fit(self, X: Float, y: Labels | None = None) -> Self:  # noqa: ARG002 - nothing to learn
        """Remember the width of float32[n, D]."""
        self.width_ = check_matrix(X, who="none").shape[1]
        return self

    def transform(self, X: Float) -> Float:
        """float32[m, D], checked and otherwise untouched."""
        return check_matrix(X, who="none", width=self.width_)

    def params(self) -> dict[str, Any]:
        """No parameters."""
        return {}

    def arrays(self) -> Arrays:
        """The width."""
        return {"width": np.array(self.width_)}

    def restore(self, arrays: Arrays) -> Self:
        """Take the fitted state back."""
        self.width_ = int(arrays["width"])
        return self
