"""The protocol of reducers, which map features to index vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...arrays import Float
from ...errors import ParameterError
from ..capabilities import Capabilities
from ..estimator import Estimator, unit_rows

AttributeColumns = Mapping[str, NDArray[Any]]
"""Name of an attribute to an array of n strings, empty where a product's value is unknown."""


class Reducer(Estimator, ABC):
    """Maps float32[n, D] features, seen or unseen, to float32[n, d] index vectors.

    Attributes:
        learns_attributes: whether `fit` needs the catalog's attributes, and vectors in a store carry them too.
        maps_fast: whether a block is mapped in less time than a second thread waits for the next one, busily.
        distance: how a store compares vectors, `cosine` or `dot`.
        values_: attribute to its values str[c], after `fit`; only a reducer that predicts attributes has them.
    """

    learns_attributes: ClassVar[bool] = False
    maps_fast: ClassVar[bool] = False
    distance: ClassVar[str] = "cosine"
    values_: dict[str, NDArray[np.str_]]

    @property
    @abstractmethod
    def index_dim(self) -> int:
        """Width of the index vectors; known after `fit`."""

    @property
    def vector_dim(self) -> int:
        """Width of the vectors in a store: `index_dim`, or more where they carry attributes."""
        return self.index_dim

    @property
    def capabilities(self) -> Capabilities:
        """What was learned beyond index vectors; known after `fit`."""
        return Capabilities()

    def most_components(self, rows: int, width: int) -> int:  # noqa: ARG002 - nothing is bounded by the vectors
        """The most components that so many vectors of this width determine; at least 1."""
        return width

    def check_size(self, rows: int, width: int) -> None:
        """Check that a fit on so many vectors of this width is possible.

        Raises:
            ParameterError: too few vectors, or more components than they allow.
        """

    def check_attributes(self, attributes: AttributeColumns) -> None:
        """Check that there is something to learn from the products' attributes.

        Raises:
            ParameterError: there is not.
        """

    @abstractmethod
    def fit(self, X: Float, attributes: AttributeColumns | None = None) -> Self:
        """Learn the map from float32[n, D] and, where the reducer learns attributes, from those of the products.

        Raises:
            ParameterError: impossible parameters, too few vectors, or NaN.
        """

    @abstractmethod
    def transform(self, X: Float) -> Float:
        """Map float32[m, D] to float32[m, index_dim]; a row's result does not depend on the other rows.

        Raises:
            ParameterError: vectors of another width than the fitted ones, or NaN.
        """

    def point_vectors(self, X: Float, attributes: AttributeColumns | None = None) -> Float:  # noqa: ARG002 - see below
        """Map float32[m, D] to the vectors of a store, float32[m, vector_dim].

        Only a reducer that learns attributes reads `attributes`; it predicts those that are unknown.

        Raises:
            ParameterError: as `transform`.
        """
        return unit_rows(np.ascontiguousarray(self.transform(X), dtype=np.float32))

    def probabilities(self, X: Float) -> dict[str, Float]:  # noqa: ARG002 - for reducers that predict
        """Attribute to float32[m, c], the probabilities of its values; `values_` names the columns.

        Raises:
            ParameterError: the reducer learns no attributes.
        """
        raise ParameterError(
            f"The index was built with the reducer {self.name!r}, which learns no attributes; "
            "build it with `--reducer attributes`."
        )


def check_components(who: str, n_components: int, *, at_most: int, of: str) -> None:
    """Check that `who` can make `n_components` numbers of `of`, for example "60 vectors of 48 numbers".

    Raises:
        ParameterError: more than `at_most`.
    """
    if n_components > at_most:
        raise ParameterError(
            f"{who} cannot make {n_components} components of {of}: at most {at_most}. "
            "Choose fewer components, or add products."
        )
