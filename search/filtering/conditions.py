"""Conditions on one column, checked against the schema of an index."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from likewise.ingest.catalog import BadValueError, Schema, parse
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import Filter, OneOf, Range


@dataclass(frozen=True, slots=True)
class TextConditions:
    """Conditions as people write them, which only a schema tells apart: `price=10..50` is a range of numbers.

    Attributes:
        all: each is a list of alternatives `(key, operator, text)`.
    """

    all: tuple[tuple[tuple[str, str, str], ...], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """As they were written."""
        return tuple(" || ".join("".join(part) for part in alternatives) for alternatives in self.all)


def check_key(key: str, schema: Schema) -> None:
    """Do nothing for a key that filters can name.

    Raises:
        ParameterError: it has no index, or there is no such key.
    """
    known = schema.filterable
    if key in known:
        return
    if key in schema.names:
        raise ParameterError(
            f"Products cannot be filtered by {key!r}, which has no index; `likewise reindex CATALOG --filterable "
            f"{key}` gives it one. Those that have one: {', '.join(known)}."
        )
    near = difflib.get_close_matches(key, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ParameterError(f"Products cannot be filtered by {key!r}.{hint} Known: {', '.join(known)}.")


def equals(key: str, values: Sequence[Any], schema: Schema) -> Filter:
    """The key holds one of these values; a day is all of its moments.

    Raises:
        ParameterError: no value, or one that the column's type cannot hold.
    """
    if not values:
        raise ParameterError(f"The filter {key!r} received no value; leave it out to allow all.")
    if schema.type_of(key) == "datetime":
        days = tuple(bounded(key, {"gte": value, "lte": value}, schema) for value in values)
        return days[0] if len(days) == 1 else filters.Any(days)
    return OneOf(key, tuple(_value(key, value, schema) for value in values))


def bounded(key: str, bounds: Mapping[str, Any], schema: Schema) -> Range:
    """The key holds a value between bounds, `gt`, `gte`, `lt`, `lte`; a day as an upper bound is meant whole.

    Raises:
        ParameterError: the column has no order, or a bound is no value of its type.
    """
    kind = schema.type_of(key)
    if kind == "datetime":
        return Range(key, **dict(_moment(key, *bound) for bound in bounds.items()))
    if kind not in ("integer", "float"):
        raise ParameterError(f"The filter {key!r} received bounds, {dict(bounds)!r}; its values are of type {kind}.")
    return Range(key, **{name: _number(key, bound) for name, bound in bounds.items()})


def _value(key: str, value: Any, schema: Schema) -> filters.Scalar:  # noqa: ANN401
    kind = schema.type_of(key)
    if kind in ("text", "list"):
        if not isinstance(value, str):
            raise ParameterError(f"The filter {key!r} received {value!r}; its values are texts.")
        return value
    if kind in ("integer", "float"):
        return _number(key, value)
    try:
        found = parse(value, kind)
    except BadValueError as error:
        raise ParameterError(f"The filter {key!r}: {error}.") from None
    if not isinstance(found, bool):
        raise ParameterError(f"The filter {key!r} received {value!r}; its values are true or false.")
    return found


def _number(key: str, value: Any) -> int | float:  # noqa: ANN401
    try:
        # A number that is no value of a column of whole numbers is still a bound of them.
        found = parse(value, "float")
    except BadValueError as error:
        raise ParameterError(f"The filter {key!r}: {error}.") from None
    if not isinstance(found, float):
        raise ParameterError(f"The filter {key!r} received {value!r}; its values are numbers.")
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def _moment(key: str, name: str, value: Any) -> tuple[str, datetime]:  # noqa: ANN401
    """A bound in time; a day that is an upper bound ends with it."""
    try:
        text = parse(value, "datetime")
    except BadValueError as error:
        raise ParameterError(f"The filter {key!r}: {error}.") from None
    if not isinstance(text, str):
        raise ParameterError(f"The filter {key!r} received {value!r}; its values are dates or times.")
    if "T" in text:
        found = datetime.fromisoformat(text)
        return name, found if found.tzinfo else found.replace(tzinfo=UTC)
    day = date.fromisoformat(text)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if name not in ("lte", "gt"):
        return name, start
    try:
        return {"lte": "lt", "gt": "gte"}[name], start + timedelta(days=1)
    except OverflowError:
        return name, start.replace(hour=23, minute=59, second=59)
