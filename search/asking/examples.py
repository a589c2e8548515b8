"""Products and pictures that a shopper likes or does not, as one question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.catalog import Payloads
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Record

from .questions import Question, main_vector

if TYPE_CHECKING:
    from .images import QueryPicture

Example: TypeAlias = "str | QueryPicture | NDArray[Any]"
"""A product's id; or a picture: a path, the bytes of an image file, a PIL image, or its features float[D]."""

MOST = 100
"""Examples of one question."""


def question_of(
    liked: Sequence[Example],
    disliked: Sequence[Example],
    records: Callable[[Sequence[str]], Sequence[Record]],
    encode: Callable[[Sequence[QueryPicture | NDArray[Any]]], Float],
    payloads: Payloads,
) -> Question:
    """The question for what is like some examples and unlike others.

    Args:
        liked: at least one.
        disliked: perhaps none.
        records: reads products with their vectors.
        encode: makes point vectors float32[n, vector_dim] of pictures.
        payloads: of the index.

    Raises:
        ParameterError: nothing is liked, or there are too many examples.
    """
    if isinstance(liked, str | bytes) or isinstance(disliked, str | bytes):
        raise ParameterError("liked and disliked are lists, of product ids and pictures.")
    if not liked or len(liked) + len(disliked) > MOST:
        raise ParameterError(
            f"A recommendation goes by at least one liked product and by at most {MOST} examples; received "
            f"{len(liked)} liked and {len(disliked)} disliked."
        )
    given = [*liked, *disliked]
    ids = [each for each in given if isinstance(each, str)]
    pictures = [each for each in given if not isinstance(each, str)]
    # Once each: a product may be liked twice.
    found = {record.id: record for record in records(list(dict.fromkeys(ids)))} if ids else {}
    encoded = iter(encode(pictures)) if pictures else iter(())
    vectors = np.stack([main_vector(found[each]) if isinstance(each, str) else next(encoded) for each in given])
    own = tuple(payloads.clusters(found[each].payload)[0] if isinstance(each, str) else None for each in liked)
    first = liked[0]
    return Question(
        vectors[: len(liked)],
        vectors[len(liked) :],
        own,
        tuple(found),
        tuple(record.payload for record in found.values()),
        found[first].payload if isinstance(first, str) else None,
    )
