"""What one search goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.catalog import Payloads
from likewise.ingest.index import Record


@dataclass(frozen=True, slots=True)
class Question:
    """Products and pictures that hits are to be like, and unlike.

    Attributes:
        liked: point vectors float32[n, vector_dim], at least one.
        disliked: point vectors float32[m, vector_dim].
        own: nearest cluster of each liked one; None where it is still to be found.
        exclude: ids of products that are no hits.
        excluded: payloads of those of them that are in the index.
        asked: payload of the product that is asked about, where it is one.
    """

    liked: Float
    disliked: Float
    own: tuple[str | None, ...]
    exclude: tuple[str, ...] = ()
    excluded: tuple[Mapping[str, Any], ...] = ()
    asked: Mapping[str, Any] | None = None

    @classmethod
    def of_vectors(cls, vectors: Float) -> list[Self]:
        """One question for each of point vectors float32[n, vector_dim]."""
        return [cls(row[None], vectors[:0], (None,)) for row in vectors]

    @classmethod
    def of_record(cls, record: Record, payloads: Payloads, *, include_self: bool, instead: Float | None = None) -> Self:
        """The question for what is like a product, which is asked for by its main picture.

        Args:
            record: of the product, with its vector.
            payloads: of the index.
            include_self: whether the product may be among its own hits.
            instead: point vector float32[vector_dim] of a part of its picture, to ask by.
        """
        vector = (main_vector(record) if instead is None else instead)[None]
        # The payload already names the nearest cluster: a search that needs no other one needs no model.
        own = (payloads.clusters(record.payload)[0] if instead is None else None,)
        if include_self:
            return cls(vector, vector[:0], own, asked=record.payload)
        return cls(vector, vector[:0], own, (record.id,), (record.payload,), record.payload)


def main_vector(record: Record) -> Float:
    """The vector float32[d] of a product's main picture.

    Raises:
        StoreError: it was read without a vector.
    """
    return np.asarray(np.atleast_2d(record.point().vector)[0], np.float32)
