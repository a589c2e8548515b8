"""What goes into a store and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import StoreError
from ..filters import EVERYTHING, Filter

MAX_FACETS = 10_000
"""Values of one key that are counted at once."""


@dataclass(frozen=True, slots=True)
class Point:
    """A product, ready for the index.

    Attributes:
        key: names the point; the product's id, for there is one point a product.
        product_id: the catalog's id.
        vector: float32[d], or float32[m, d] for the m pictures of a product in an index with several a point.
        payload: what searches return and filter by.
    """

    key: str
    product_id: str
    vector: NDArray[np.float32]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A product found.

    Attributes:
        id: of the product.
        score: cosine similarity to the query, in [-1, 1]; of several pictures, that of the nearest.
        payload: what the index keeps of it.
        image: the picture that matched, where the product has several.
        vector: float32[d] or float32[m, d], when it was asked for.
        rule: the merchandiser's rule that put the product where it is; empty where none did.
        dropped: conditions that it does not meet, in an answer that had to leave some out.
    """

    id: str
    score: float
    payload: dict[str, Any]
    image: str | None = None
    vector: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    rule: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A product as it is in the store; `vector` is float32[d] or float32[m, d], see `Point`, when it was asked for."""

    id: str
    payload: dict[str, Any]
    vector: NDArray[np.float32] | None = None

    def point(self) -> Point:
        """As it is written again.

        Raises:
            StoreError: it was stored without a vector.
        """
        if self.vector is None:
            raise StoreError(f"{self.id} has no vector; roll back to another version.")
        return Point(self.id, self.id, self.vector, self.payload)


Strategy = Literal["best_score", "sum_scores"]
"""How points are scored by several examples."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What several points are to be like, and unlike.

    Attributes:
        liked: float32[n, d], at least one.
        disliked: float32[m, d].
        strategy: `best_score` goes by the nearest example, and its scores are the similarity to that one, negative
            where it is a disliked one; `sum_scores` adds the similarities to all, those to disliked ones with a minus.
    """

    liked: NDArray[np.float32]
    disliked: NDArray[np.float32]
    strategy: Strategy = "best_score"


@dataclass(frozen=True, slots=True)
class Query:
    """One nearest-neighbour search: the `limit` points nearest to `vector` among those that `filter` admits.

    The first `offset` of them are passed over. Points whose key is in `exclude` are left out. An `exact` search
    compares with every point; else an index of neighbours may be used, where a store has one.
    """

    vector: NDArray[np.float32] | Examples
    limit: int
    filter: Filter = EVERYTHING
    exclude: tuple[str, ...] = ()
    score_threshold: float | None = None
    exact: bool = False
    offset: int = 0
    with_vector: bool = False

    @property
    def least(self) -> float | None:
        """The threshold as the engine's own scores are."""
        best = isinstance(self.vector, Examples) and self.vector.strategy == "best_score"
        return best_score(self.score_threshold) if best and self.score_threshold is not None else self.score_threshold

    def similarity(self, score: float) -> float:
        """The engine's own score of a hit as one of ours."""
        best = isinstance(self.vector, Examples) and self.vector.strategy == "best_score"
        return _nearest_example(score) if best else score


def best_score(similarity: float) -> float:
    """Qdrant's best score for a similarity to the nearest example, which is a liked one: x / (1 + |x|), from 0 to 1."""
    return (similarity / (1 + abs(similarity)) + 1) / 2


def _nearest_example(score: float) -> float:
    bent = 2 * abs(score) - 1
    similarity = bent / (1 - abs(bent))
    return similarity if score > 0 else -similarity
