"""Whether one product meets a filter, where no store is asked: by its payload alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any as Anything

from .filters import All, Any, Exists, Filter, Not, OneOf, Range, Scalar


def meets(payload: Mapping[str, Anything], wanted: Filter) -> bool:
    """Whether a product with this payload is among those that a store finds by the filter."""
    match wanted:
        case All(parts):
            return all(meets(payload, each) for each in parts)
        case Any(parts):
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
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(found: datetime) -> datetime:
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _held(payload: Mapping[str, Anything], key: str) -> list[Anything]:
    held = payload.get(key)
    return held if isinstance(held, list) else [] if held is None else [held]


def _same(held: Anything, value: Scalar) -> bool:  # noqa: ANN401 - whatever a payload holds
    # True is no 1, neither here nor in a store.
    return isinstance(held, bool) == isinstance(value, bool) and held == value


def _between(held: Anything, bounds: Range) -> bool:  # noqa: ANN401
    if isinstance(held, bool) or not isinstance(held, str if bounds.times else int | float):
        return False
    try:
        value: Anything = moment(held) if isinstance(held, str) else held
    except ValueError:
        return False
    limits: Anything = {name: _in_utc(bound) for name, bound in bounds.times.items()} or bounds.numbers
    return (
        ("gt" not in limits or value > limits["gt"])
        and ("gte" not in limits or value >= limits["gte"])
        and ("lt" not in limits or value < limits["lt"])
        and ("lte" not in limits or value <= limits["lte"])
    )
