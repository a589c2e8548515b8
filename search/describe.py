"""What a picture shows, in the words of the catalog's attributes."""

from __future__ import annotations

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.model.reducers import Reducer

Description = dict[str, list[tuple[str, float]]]
"""Attribute to values with their probabilities, best first."""


def describe(reducer: Reducer, features: Float, top: int) -> list[Description]:
    """The `top` most probable values of each attribute, for every row of float32[n, D].

    Raises:
        ParameterError: the reducer learned no attributes.
    """
    # Imported here: a search by id needs no reducer.
    from likewise.ingest.model.reducers.supervised.reducer import Attributes

    if not isinstance(reducer, Attributes):
        raise ParameterError(
            f"The index was built with the reducer {reducer.name!r}, which learns no attributes; build it with "
            "`--reducer attributes`."
        )
    found: list[Description] = [{} for _ in features]
    for name, probabilities in reducer.probabilities(features).items():
        values = reducer.values_[name]
        for row, each in zip(found, probabilities, strict=True):
            row[name] = [(str(values[at]), float(each[at])) for at in np.argsort(-each, kind="stable")[:top]]
    return found
