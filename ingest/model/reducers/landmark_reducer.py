"""What the reducers that are fitted on landmarks share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from ...arrays import Arrays, Float
from ..estimator import check_matrix, check_rows
from ..landmarks import PrincipalSpace, coverage, sample
from .base import AttributeColumns, Reducer, check_components

_BLOCK = 1024


class LandmarkReducer(Reducer, ABC):
    """A base for reducers that are fitted on a sample of the products, and map a vector by its distances to it.

    Attributes:
        approximation: what the manifest calls the method where not all products are landmarks.
        least_rows: vectors that the method needs at least.
        spare: how many landmarks more than components the method needs.
        landmarks_: float32[l, k], fitted.
        rows_: number of products at fit time.
    """

    approximation: ClassVar[str] = "landmarks"
    least_rows: ClassVar[int] = 3
    spare: ClassVar[int] = 1

    n_components: int
    landmarks: int
    random_state: int
    landmarks_: Float
    rows_: int

    @property
    def index_dim(self) -> int:
        """Width of the index vectors."""
        return self.n_components

    @property
    @abstractmethod
    def _input_dim(self) -> int:
        """Width of the features."""

    @abstractmethod
    def _fit_landmarks(self, features: Float) -> None:
        """Fit on the landmarks' features, float32[l, D]."""

    @abstractmethod
    def _map(self, features: Float) -> Float:
        """Map a block of features, float32[m, D], to [m, n_components]."""

    def most_components(self, rows: int, width: int) -> int:  # noqa: ARG002 - the landmarks alone bound them
        """As many as the landmarks leave."""
        return max(1, min(rows, self.landmarks) - self.spare)

    def check_size(self, rows: int, width: int) -> None:  # noqa: ARG002
        """Check that there are vectors enough, and more landmarks than components."""
        check_rows(self.name, rows, self.least_rows)
        rows = min(rows, self.landmarks)
        check_components(self.name, self.n_components, at_most=rows - self.spare, of=f"{rows} vectors")

    def fit(self, X: Float, attributes: AttributeColumns | None = None) -> Self:  # noqa: ARG002 - unsupervised
        """Fit on a sample of float32[n, D].

        Raises:
            ParameterError: impossible parameters, more components than landmarks, or NaN.
        """
        self.check_params()
        X = check_matrix(X, who=self.name, least_rows=self.least_rows)
        self.check_size(*X.shape)
        rows = sample(len(X), self.landmarks, self.random_state)
        self.rows_ = len(X)
        self._fit_landmarks(X[rows])
        return self

    def transform(self, X: Float) -> Float:
        """Map float32[m, D] to float32[m, n_components]."""
        X = check_matrix(X, who=self.name, width=self._input_dim)
        mapped = np.empty((len(X), self.n_components), np.float32)
        for start in range(0, len(X), _BLOCK):
            mapped[start : start + _BLOCK] = self._map(X[start : start + _BLOCK])
        return mapped

    def info(self) -> dict[str, Any]:
        """Whether all products are landmarks."""
        return coverage(len(self.landmarks_), self.rows_, self.approximation)


class PrincipalLandmarkReducer(LandmarkReducer, ABC):
    """A base for landmark reducers that take their distances between the principal components of unit features.

    Attributes:
        space_: the principal components; `landmarks_` are the landmarks' coordinates, float32[l, f].
    """

    space_: PrincipalSpace

    @property
    def _input_dim(self) -> int:
        return len(self.space_.mean)

    def _fit_landmarks(self, features: Float) -> None:
        self.space_ = PrincipalSpace.fit(features)
        self.landmarks_ = self.space_(features)
        self._fit_map(features)

    @abstractmethod
    def _fit_map(self, features: Float) -> None:
        """Fit on `landmarks_`; `features`, float32[l, D], are what they were made of."""

    def arrays(self) -> Arrays:
        """The fitted state, with that of the principal components."""
        return {**self.space_.arrays(), **super().arrays()}

    def restore(self, arrays: Arrays) -> Self:
        """Take `arrays()` back."""
        self.space_ = PrincipalSpace.restore(arrays)
        return super().restore(arrays)
