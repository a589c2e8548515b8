"""Filters in the words of Qdrant Edge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any as Anything
from typing import cast

import numpy as np
import qdrant_edge as edge

from ....catalog import point_id, quoted
from ...filters import All, Any, Exists, Filter, Not, OneOf, Range, by_kind, texts


def edge_filter(tree: Filter, exclude: Sequence[str] = ()) -> edge.Filter | None:
    """A filter, without the points with the keys in `exclude`; None where everything is admitted."""
    parts = tree.filters if isinstance(tree, All) else (tree,)
    must = [_condition(part) for part in parts if not isinstance(part, Not)]
    must_not = [_condition(part.filter) for part in parts if isinstance(part, Not)]
    if exclude:
        must_not.append(edge.HasIdCondition({point_id(key) for key in exclude}))
    return edge.Filter(must=must, must_not=must_not) if must or must_not else None


def _condition(part: Filter) -> Anything:  # noqa: ANN401 - one of four classes without a common base
    match part:
        case OneOf(key, (str(text),)):
            return _equal(key, text)
        case OneOf(key, (bool(flag),)):
            # Its binding takes Python's own True for the number 1.
            return edge.FieldCondition(quoted(key), match=edge.MatchValue(cast(bool, np.bool_(flag))))
        case OneOf(key, (str(), *_) as values) if len(texts(part)) == len(values):
            return edge.FieldCondition(quoted(key), match=edge.MatchAny(texts(part)))
        case OneOf():
            return _condition(by_kind(part))
        case Range(key):
            times = {name: bound.isoformat() for name, bound in part.times.items()}
            bounds = edge.RangeDateTime(**times) if times else edge.RangeFloat(**part.numbers)
            return edge.FieldCondition(quoted(key), range=bounds)
        case Exists(key):
            return edge.Filter(must_not=[edge.IsEmptyCondition(quoted(key))])
        case Any(()):
            # An empty `should` would admit everything.
            return edge.HasIdCondition(set())
        case Any(filters):
            return edge.Filter(should=[_condition(each) for each in filters])
        case All() | Not():
            return edge_filter(part) or edge.Filter()


@lru_cache(1000)
def _equal(key: str, text: str) -> edge.FieldCondition:
    # Every search has the cluster that it looks into.
    return edge.FieldCondition(quoted(key), match=edge.MatchValue(text))
