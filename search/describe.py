"""What a picture shows, in the words of the catalog's attributes."""

from __future__ import annotations

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.model import Reducer

Description = dict[str, list[tuple[str, float]]]
"""Attribute to values with their probabilities, best first."""


def describe(reducer: Reducer, features: Float, top: int) -> list[Description]:
    """The `top` most probable values of each attribute, for every row of float32[n, D].

    Raises:
        ParameterError: the reducer learned no attributes.
    """
    descriptions: list[Description] = [{} for _ in features]
    for name, probabilities in reducer.probabilities(features).items():
        values = reducer.values_[name]
        for description, row in zip(descriptions, probabilities, strict=True):
            description[name] = [(str(values[at]), float(row[at])) for at in np.argsort(-row, kind="stable")[:top]]
    return descriptions
