"""Fitting of a model."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..arrays import Float
from ..encoders import EncoderSpec
from ..progress import Progress
from .clusterers import Clusterer
from .estimator import CLUSTERS, COMPONENTS, unit_rows
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
    free: Collection[str] = (),
) -> Model:
    """Fit a reducer and a clusterer, or copies with lower numbers, and join them with the encoder of the features.

    Args:
        encoder: what made the features.
        features: float32[n, D].
        attributes: of the n products; only a reducer that learns attributes reads them.
        reducer: unfitted.
        clusterer: unfitted; it is fitted on the unit-length index vectors.
        progress: told about the two stages.
        held_back: the largest content hash of the pictures that are not among them, see `held_back.py`.
        free: of `n_components` and `n_clusters`, what may be lowered to what the features allow.

    Raises:
        ParameterError: the parameters do not suit the products, for example more components than products.
    """
    with progress.stage(f"fit {reducer.name}"):
        if COMPONENTS in free:
            reducer = reducer.lowered(COMPONENTS, reducer.most_components(*features.shape))
        reducer.fit(features, attributes)
    with progress.stage(f"fit {clusterer.name}"):
        vectors = unit_rows(np.ascontiguousarray(reducer.transform(features)))
        wished = clusterer.params().get(CLUSTERS)
        if CLUSTERS in free and isinstance(wished, int):
            clusterer = clusterer.lowered(CLUSTERS, clusterer.most_clusters(_different(vectors, wished + 1)))
        clusterer.fit(vectors)
    return Model(encoder, reducer, clusterer, held_back)


def _different(vectors: Float, most: int) -> int:
    """How many of the rows of float32[n, d] differ; `most` where there are more."""
    seen: set[bytes] = set()
    for row in vectors:
        # One picture twice gives vectors that may differ in their last bits; adding zero makes -0 the same as 0.
        seen.add((np.round(row, 5) + 0).tobytes())
        if len(seen) == most:
            break
    return len(seen)
