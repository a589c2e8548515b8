"""The products that the label benchmark fits on and searches, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.metrics import encode_attributes, precision_at_k
from likewise.evaluation.scoring import CATEGORIES, Scoring
from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.features import EncodedCatalog, attribute_columns

from .queries import STUDY_K

Columns = dict[str, NDArray[np.str_]]


class Products:
    """The products of the study's categories: features float32[n, D] in parts, attributes, and codes for scoring.

    Args:
        catalog: all products, with the features of an encoder that joins several parts.

    Raises:
        ParameterError: a catalog without the study's columns.
    """

    def __init__(self, catalog: EncodedCatalog) -> None:
        scoring = Scoring.of(catalog.schema)
        if not scoring.of_study:
            raise ParameterError("bench labels measures the study's own columns, which this catalog has not.")
        items = [item for item in catalog if scoring.group(item.product.values) in CATEGORIES]
        self.scored = scoring.attributes
        self.features = catalog.features.get([item.content for item in items])
        self.edges = list(pairwise([0, *np.cumsum(catalog.encoder.parts).tolist()]))
        self.attributes = attribute_columns(items, self.scored)
        self.codes = encode_attributes([item.product.values for item in items], self.scored)
        self.categories = np.array([scoring.group(item.product.values) for item in items])

    def parts(self, chosen: Sequence[int]) -> tuple[Float, list[int]]:
        """The features of some parts, and their widths."""
        edges = [self.edges[at] for at in chosen]
        joined = np.hstack([self.features[:, start:end] for start, end in edges])
        return np.ascontiguousarray(joined), [end - start for start, end in edges]

    def columns(self, rows: NDArray[np.intp]) -> Columns:
        """The attributes of some products."""
        return {name: column[rows] for name, column in self.attributes.items()}

    def split(self, seed: int, per_category: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the products that are fitted on, and of the queries."""
        rng = np.random.default_rng(10_000 + seed)
        drawn = [
            rng.permutation(np.flatnonzero(self.categories == name))[:per_category]
            for name in CATEGORIES
            if (self.categories == name).any()
        ]
        queries = np.sort(np.concatenate(drawn))
        return np.setdiff1d(np.arange(len(self.categories)), queries), queries

    def score(
        self, vectors: Float, query_vectors: Float, searched: NDArray[np.intp], queries: NDArray[np.intp]
    ) -> float:
        """Mean of the categories' Precision@6 of the queries among the searched products."""
        similar = query_vectors @ vectors.T
        best = np.argpartition(-similar, STUDY_K, axis=1)[:, :STUDY_K]
        scores = 100 * precision_at_k(self.codes[queries], self.codes[searched[best]])
        categories = self.categories[queries]
        return float(np.mean([scores[categories == name].mean() for name in np.unique(categories)]))
