"""Empty attributes of new products, filled by what their pictures show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import ParameterError
from ..features.cache import Features
from ..features.encode import Embedded
from ..model.model import Model
from ..model.reducers.supervised.reducer import Attributes

CERTAIN = 0.5
"""Least probability of a value that is filled in."""

_BLOCK = 4096

Filled = Mapping[int, Mapping[str, str]]
"""Position of a product to the attributes that were predicted for it."""


def fill(model: Model, embedded: Embedded, features: Features, positions: np.ndarray) -> dict[int, dict[str, str]]:
    """Predict what the products at these positions lack; a value that the catalog gives is never replaced.

    Raises:
        ParameterError: the model learned no attributes.
    """
    reducer = model.reducer
    if not isinstance(reducer, Attributes):
        raise ParameterError(
            f"--fill-missing needs an index built with `--reducer attributes`; this one has {reducer.name!r}."
        )
    lacking = np.array(
        [at for at in positions if any(name not in embedded.products[at].attributes for name in reducer.values_)],
        dtype=np.intp,
    )
    filled: dict[int, dict[str, str]] = {}
    for start in range(0, len(lacking), _BLOCK):
        block = lacking[start : start + _BLOCK]
        for name, probabilities in reducer.probabilities(features.vectors(embedded.rows[block])).items():
            best = probabilities.argmax(axis=1)
            for row, at in enumerate(block):
                if name not in embedded.products[at].attributes and probabilities[row, best[row]] >= CERTAIN:
                    filled.setdefault(int(at), {})[name] = str(reducer.values_[name][best[row]])
    return filled


def with_filled(payload: Mapping[str, object], found: Mapping[str, str] | None) -> dict[str, object]:
    """A payload with predicted attributes, which are named under `predicted`."""
    if not found:
        return dict(payload)
    return {**found, **payload, "predicted": sorted(found)}
