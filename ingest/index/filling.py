"""Empty values of new products, filled by what their pictures show."""

from __future__ import annotations

from collections.abc import Sequence

from ..arrays import Float
from ..errors import ParameterError
from ..features import EncodedProduct
from ..model import Reducer

CERTAIN = 0.5
"""Least probability of a value that is filled in."""


def predict_missing(reducer: Reducer, items: Sequence[EncodedProduct], features: Float) -> list[dict[str, str]]:
    """For each product the values that it lacks and that its features tell; what the catalog states is never replaced.

    Args:
        reducer: fitted.
        items: the products.
        features: float32[n, D], theirs.

    Raises:
        ParameterError: the reducer learned no attributes.
    """
    predicted: list[dict[str, str]] = [{} for _ in items]
    names = reducer.capabilities.predicts
    lacking = [at for at, item in enumerate(items) if any(name not in item.product.values for name in names)]
    if not names:
        raise ParameterError(
            f"--fill-missing needs an index built with `--reducer attributes`; this one has {reducer.name!r}."
        )
    if not lacking:
        return predicted
    for name, probabilities in reducer.probabilities(features[lacking]).items():
        best = probabilities.argmax(axis=1)
        for row, at in enumerate(lacking):
            if name not in items[at].product.values and probabilities[row, best[row]] >= CERTAIN:
                predicted[at][name] = str(reducer.values_[name][best[row]])
    return predicted
