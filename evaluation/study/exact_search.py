"""The queries of a study, searched exactly in memory: for sweeps of many settings, where a version each is too slow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.metrics import encode_attributes, precision_at_k
from likewise.evaluation.scoring import MEAN, Scoring
from likewise.ingest.arrays import Float
from likewise.ingest.features import EncodedCatalog

from .queries import STUDY_K, QuerySplit

_BLOCK = 256


class ExactSearch:
    """Scores vectors by Precision@6 over the queries of a split; the score is what a store gives.

    Args:
        split: the queries and the indexed products.
        catalog: with the features that the products are searched by.

    Attributes:
        items: the indexed products, then the queries that are not indexed. All vectors below are of these.
        indexed: the number of indexed products.
    """

    def __init__(self, split: QuerySplit, catalog: EncodedCatalog) -> None:
        self._split = split
        self._catalog = catalog
        self.items = [*split.indexed, *(split.queries if split.held_out else ())]
        self.indexed = len(split.indexed)
        row_of = {item.product.id: row for row, item in enumerate(self.items)}
        self._queries = np.array([row_of[product_id] for product_id in split.ids], np.intp)

    def features(self) -> Float:
        """float32[n, D] of the items."""
        return self._catalog.features.get([item.content for item in self.items])

    def precision(self, vectors: Float, clusters: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Mean Precision@6 by category, in per cent; with `clusters` inside the query's own.

        Args:
            vectors: float32[n, d] of unit length, of the items.
            clusters: intp[n].
        """
        top = np.full((len(self._queries), STUDY_K), -1, np.intp)
        for start in range(0, len(self._queries), _BLOCK):
            block = self._queries[start : start + _BLOCK]
            similarity = vectors[block] @ vectors[: self.indexed].T
            similarity[block[:, None] == np.arange(self.indexed)[None, :]] = -np.inf
            if clusters is not None:
                similarity[clusters[block][:, None] != clusters[None, : self.indexed]] = -np.inf
            order = np.argsort(-similarity, axis=1)[:, :STUDY_K]
            reachable = np.isfinite(np.take_along_axis(similarity, order, axis=1))
            top[start : start + _BLOCK] = np.where(reachable, order, -1)
        scored = Scoring.of(self._catalog.schema).attributes
        codes = encode_attributes([item.product.values for item in self.items], scored)
        padded = np.vstack([codes, np.full((1, codes.shape[1]), -1, codes.dtype)])
        return self.means(precision_at_k(codes[self._queries], padded[top]))

    def means(self, scores: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
        """Mean by category in per cent of scores in [0, 1], one a query; and the mean of these means."""
        values, categories = np.asarray(scores), np.array(self._split.categories)
        means = {str(name): 100 * _mean(values[categories == name]) for name in dict.fromkeys(categories)}
        return {**means, MEAN: _mean(np.array(list(means.values())))}


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
