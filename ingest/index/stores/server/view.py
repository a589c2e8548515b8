"""What a version sees of its collection: versions that share a model share one, as in a multi-version database.

A point carries `_since`, the number of the version that brought it, unless it was there from the start, and `_until`,
that of the version that replaced or removed it. Both are written before that version can be read, and change nothing
for the versions before it (Bernstein and Goodman, Multiversion Concurrency Control, 1983).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qdrant_client import models

from ...filters import EVERYTHING, Filter, Not, OneOf, Range, both
from .qdrant_filters import qdrant_filter, selection

SINCE, UNTIL = "_since", "_until"


@dataclass(frozen=True, slots=True)
class View:
    """The points that a version sees.

    Attributes:
        number: of the version; None in a collection of an earlier release, which holds one version and no others.
        id_key: the payload key of the products' ids.
        several: whether points have several vectors.
    """

    number: int | None
    id_key: str = "id"
    several: bool = False

    def admits(self, where: Filter = EVERYTHING, exclude: Sequence[str] = ()) -> models.Filter | None:
        """The visible points that a filter admits, without the products in `exclude`; None for all there are."""
        if self.number is None:
            return qdrant_filter(where, exclude)
        hidden: list[Filter] = [Not(Range(SINCE, gt=self.number)), Not(Range(UNTIL, lte=self.number))]
        if exclude:
            hidden.append(Not(OneOf(self.id_key, tuple(exclude))))
        return qdrant_filter(both(where, *hidden))


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as it was handed in."""
    return {key: value for key, value in payload.items() if key not in (SINCE, UNTIL)}


def unseen(kept: Sequence[int]) -> list[models.Filter]:
    """The points that none of the kept versions of a collection sees, by their numbers in order."""
    between = [selection(Range(SINCE, gt=before), Range(UNTIL, lte=after)) for before, after in pairwise(kept)]
    return [selection(Range(UNTIL, lte=kept[0])), *between, selection(Range(SINCE, gt=kept[-1]))]


def ended_after(number: int) -> models.Filter:
    """The points that a later version has replaced or removed."""
    return selection(Range(UNTIL, gt=number))
