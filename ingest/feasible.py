"""What is known of a fit to be impossible before anything is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from .catalog import Catalog, Value, as_text
from .index import LEARNED, Recipe
from .model import CLUSTERS, COMPONENTS

FIT_SAMPLE = 50_000
"""Most products that a reducer or clusterer is fitted on; a larger catalog is sampled, then mapped whole."""


def check_fit(catalog: Catalog, recipe: Recipe, width: int, others: int = 0) -> None:
    """Do nothing where a fit may be possible, as far as the table tells.

    Args:
        catalog: read, and not yet encoded.
        recipe: of the fit.
        width: of the features.
        others: number of products that the index has, of which the catalog may lack some.

    Raises:
        ParameterError: parameters that the catalog does not allow, or nothing to learn from.
    """
    rows = min(len(catalog.products) + others, FIT_SAMPLE)
    # Without any product there is another word to say.
    if rows == 0:
        return
    reducer, clusterer = recipe.new_reducer(catalog.schema.role("learned")), recipe.new_clusterer()
    if COMPONENTS in recipe.free:
        reducer = reducer.lowered(COMPONENTS, reducer.most_components(rows, width))
    if CLUSTERS in recipe.free:
        clusterer = clusterer.lowered(CLUSTERS, clusterer.most_clusters(rows))
    reducer.check_size(rows, width)
    clusterer.check_size(rows)
    if reducer.learns_attributes and not others:
        values = [product.values for product in catalog.products]
        names: Iterable[str] = reducer.params().get(LEARNED, ())
        reducer.check_attributes({name: np.array(_texts(values, name), np.str_) for name in names})


def _texts(rows: Iterable[Mapping[str, Value]], name: str) -> list[str]:
    return [value if isinstance(value := row.get(name, ""), str) else as_text(value) for row in rows]
