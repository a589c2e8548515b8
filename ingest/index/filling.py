"""Empty values of new products, filled by what their pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..arrays import Float
from ..catalog import BadValueError, Schema, Value, learned_value
from ..errors import ParameterError
from ..features import EncodedProduct
from ..model import Reducer

CERTAIN = 0.5
"""Least probability of a value that is filled in."""


def predict_missing(
    reducer: Reducer, items: Sequence[EncodedProduct], features: Float, schema: Schema
) -> list[dict[str, Value]]:
    """For each product the values that it lacks and that its features tell; what the catalog states is never replaced.

    Args:
        reducer: fitted.
        items: the products.
        features: float32[n, D], theirs.
        schema: of the products, whose types the values get; a column that it no longer has is not filled.

    Raises:
        ParameterError: the reducer learned no attributes.
    """
    predicted: list[dict[str, Value]] = [{} for _ in items]
    learned = reducer.capabilities.predicts
    if not learned:
        raise ParameterError(
            f"--fill-missing needs an index built with `--reducer attributes`; this one has {reducer.name!r}."
        )
    names = [name for name in learned if name in schema.names]
    lacking = [at for at, item in enumerate(items) if any(name not in item.product.values for name in names)]
    if not lacking:
        return predicted
    probabilities = reducer.probabilities(features[lacking])
    for name in names:
        shares = probabilities[name]
        best = shares.argmax(axis=1)
        for row, at in enumerate(lacking):
            if name not in items[at].product.values and shares[row, best[row]] >= CERTAIN:
                # What was learned as a value of another type is none of today's.
                with suppress(BadValueError):
                    text = str(reducer.values_[name][best[row]])
                    predicted[at][name] = learned_value(text, schema.type_of(name))
    return predicted
