"""Filters in the words of qdrant-client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any as Anything

from qdrant_client import models

from ....catalog import point_id, quoted
from ...filters import All, Any, Exists, Filter, Not, OneOf, Range, by_kind, texts


def server_id(key: str) -> int | str:
    """The point id of a key, as REST and gRPC both take it."""
    found = point_id(key)
    return found if isinstance(found, int) else str(found)


def qdrant_filter(tree: Filter, exclude: Sequence[str] = ()) -> models.Filter | None:
    """A filter, without the points with the keys in `exclude`; None where everything is admitted."""
    parts = tree.filters if isinstance(tree, All) else (tree,)
    must = [_condition(part) for part in parts if not isinstance(part, Not)]
    must_not = [_condition(part.filter) for part in parts if isinstance(part, Not)]
    if exclude:
        must_not.append(models.HasIdCondition(has_id=[server_id(key) for key in exclude]))
    return models.Filter(must=must or None, must_not=must_not or None) if must or must_not else None


def selection(*conditions: Filter) -> models.Filter:
    """The points that meet all conditions, for changes: never everything.

    Raises:
        ValueError: there is no condition.
    """
    found = qdrant_filter(All(conditions))
    if found is None:
        raise ValueError("a change of all points")
    return found


def _condition(part: Filter) -> Anything:  # noqa: ANN401 - one of ten models without a common base
    match part:
        case OneOf(key, (str() | bool() as value,)):
            return models.FieldCondition(key=quoted(key), match=models.MatchValue(value=value))
        case OneOf(key, (str(), *_) as values) if len(texts(part)) == len(values):
            return models.FieldCondition(key=quoted(key), match=models.MatchAny(any=texts(part)))
        case OneOf():
            return _condition(by_kind(part))
        case Range(key):
            bounds = models.DatetimeRange(**part.times) if part.times else models.Range(**part.numbers)
            return models.FieldCondition(key=quoted(key), range=bounds)
        case Exists(key):
            return models.Filter(must_not=[models.IsEmptyCondition(is_empty=models.PayloadField(key=quoted(key)))])
        case Any(()):
            # An empty `should` would admit everything.
            return models.HasIdCondition(has_id=[])
        case Any(filters):
            return models.Filter(should=[_condition(each) for each in filters])
        case All() | Not():
            return qdrant_filter(part) or models.Filter()
