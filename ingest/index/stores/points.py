"""What goes into a store and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """

    id: str
    score: float
    payload: dict[str, Any]
    image: str | None = None


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


@dataclass(frozen=True, slots=True)
class Query:
    """One nearest-neighbour search: the `limit` points nearest to `vector` among those that `filter` admits.

    Points whose key is in `exclude` are left out. An `exact` search compares with every point; else an index of
    neighbours may be used, where a store has one.
    """

    vector: NDArray[np.float32]
    limit: int
    filter: Filter = EVERYTHING
    exclude: tuple[str, ...] = ()
    score_threshold: float | None = None
    exact: bool = False
