"""Fitting of a model."""

from __future__ import annotations

import numpy as np

from ..arrays import Float
from ..encoders import EncoderSpec
from ..progress import Progress
from .clusterers import Clusterer
from .estimator import unit_rows
from .model import Model
from .reducers import AttributeColumns, Reducer


def fit_model(
    encoder: EncoderSpec,
    features: Float,
    attributes: AttributeColumns,
    reducer: Reducer,
    clusterer: Clusterer,
    progress: Progress,
    held_back: str = "",
) -> Model:
    """Fit a reducer and a clusterer, which are changed, and join them with the encoder of the features.

    Args:
        encoder: what made the features.
        features: float32[n, D].
        attributes: of the n products; only a reducer that learns attributes reads them.
        reducer: unfitted.
        clusterer: unfitted; it is fitted on the unit-length index vectors.
        progress: told about the two stages.
        held_back: the largest content hash of the pictures that are not among them, see `held_back.py`.

    Raises:
        ParameterError: the parameters do not suit the products, for example more components than products.
    """
    with progress.stage(f"fit {reducer.name}"):
        reducer.fit(features, attributes)
    with progress.stage(f"fit {clusterer.name}"):
        clusterer.fit(unit_rows(np.ascontiguousarray(reducer.transform(features))))
    return Model(encoder, reducer, clusterer, held_back)
