"""Which of a product's pictures a search has met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from likewise.ingest.catalog import Payloads
from likewise.ingest.index import Examples, Hit, Query, Reader


def with_pictures(
    reader: Reader, payloads: Payloads, queries: Sequence[Query], answers: Sequence[Sequence[Hit]]
) -> list[list[Hit]]:
    """The same answers, whose hits name the picture that is nearest to the query; one more call to the store.

    The store compares a query with every picture of a product and tells the greatest similarity, but not whose it is.

    Args:
        reader: of an index with several pictures a product.
        payloads: of that index.
        queries: as they were sent.
        answers: hits of each.
    """
    several = {hit.id for hits in answers for hit in hits if len(payloads.images(hit.payload)) > 1}
    ids = sorted(several)
    records = reader.retrieve(ids, with_vector=True) if ids else []
    vectors = {each.id: each.vector for each in records if each is not None and each.vector is not None}
    return [[_met(hit, query, payloads, vectors) for hit in hits] for query, hits in zip(queries, answers, strict=True)]


def _met(hit: Hit, query: Query, payloads: Payloads, vectors: dict[str, np.ndarray]) -> Hit:
    images = payloads.images(hit.payload)
    if hit.id not in vectors:
        return replace(hit, image=images[0] if images else None)
    wanted = query.vector.liked if isinstance(query.vector, Examples) else query.vector[None]
    nearest = int(np.argmax((np.atleast_2d(vectors[hit.id]) @ wanted.T).max(axis=1)))
    return replace(hit, image=images[min(nearest, len(images) - 1)])
