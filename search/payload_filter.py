"""Whether one product meets a filter, where no store is asked: by its payload alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from likewise.ingest.index import filters
from likewise.ingest.index.filters import All, Exists, Filter, Not, OneOf, Range


def meets(payload: Mapping[str, Any], wanted: Filter) -> bool:
    """Whether a product with this payload is among those that a store finds by the filter."""
    match wanted:
        case All(parts):
            return all(meets(payload, each) for each in parts)
        case filters.Any(parts):
            return any(meets(payload, each) for each in parts)
        case Not(part):
            return not meets(payload, part)
        case Exists(key):
            return payload.get(key) not in (None, [])
        case OneOf(key, values):
            return any(_same(held, value) for held in _held(payload, key) for value in values)
        case Range(key):
            return any(_between(held, wanted) for held in _held(payload, key))


def moment(text: str) -> datetime:
    """A date or time of a payload as a point in time; without a zone it means UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _held(payload: Mapping[str, Any], key: str) -> list[Any]:
    held = payload.get(key)
    return held if isinstance(held, list) else [] if held is None else [held]


def _same(held: Any, value: filters.Scalar) -> bool:  # noqa: ANN401 - whatever a payload holds
    # True is no 1, neither here nor in a store.
    return isinstance(held, bool) == isinstance(value, bool) and held == value


def _between(held: Any, bounds: Range) -> bool:  # noqa: ANN401
    if isinstance(held, bool) or not isinstance(held, str if bounds.times else int | float):
        return False
    value: Any = moment(held) if isinstance(held, str) else held
    limits: Any = bounds.times or bounds.numbers
    return (
        ("gt" not in limits or value > limits["gt"])
        and ("gte" not in limits or value >= limits["gte"])
        and ("lt" not in limits or value < limits["lt"])
        and ("lte" not in limits or value <= limits["lte"])
    )
