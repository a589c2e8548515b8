"""What a picture shows, in the words of the catalog's attributes."""

from __future__ import annotations

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.catalog import BadValueError, Schema, Value, learned_value
from likewise.ingest.model import Reducer

Description = dict[str, list[tuple[Value, float]]]
"""Attribute to values of its column's type with their probabilities, best first."""


def describe(reducer: Reducer, features: Float, top: int, schema: Schema | None = None) -> list[Description]:
    """The `top` most probable values of each attribute, for every row of float32[n, D].

    With a schema, values have the types of their columns; else they are texts.

    Raises:
        ParameterError: the reducer learned no attributes.
    """
    descriptions: list[Description] = [{} for _ in features]
    for name, probabilities in reducer.probabilities(features).items():
        values = [_typed(str(text), name, schema) for text in reducer.values_[name]]
        for description, row in zip(descriptions, probabilities, strict=True):
            description[name] = [(values[at], float(row[at])) for at in np.argsort(-row, kind="stable")[:top]]
    return descriptions


def _typed(text: str, name: str, schema: Schema | None) -> Value:
    try:
        return learned_value(text, "text" if schema is None else schema.type_of(name))
    except BadValueError:
        # The column has another type than when it was learned.
        return text
