"""Which products may be hits, as conditions on the payload.

    {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports"), "price": {"gte": 10, "lt": 50}}

means: for men, and red or pink, and not for sports, and from 10 to under 50. A list of such mappings means any of them.
What these forms cannot say is said by a tree of conditions from `likewise.ingest.index.filters`, which every search
takes too. The command line and HTTP write `gender=Men`, `usage!=Sports`, `price<50`; see `text_filters.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from likewise.ingest.catalog import BadValueError, Schema, parse
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import EVERYTHING, Exists, Filter, OneOf, Range, both, keys

BOUNDS = ("gt", "gte", "lt", "lte")


def Not(values: Any) -> dict[str, Any]:  # noqa: N802, ANN401 - reads as a class beside values
    """None of these values: `Not("Black")`, `Not(["Black", "Grey"])`; it is short for `{"not": ...}`."""
    return {"not": values}


@dataclass(frozen=True, slots=True)
class TextConditions:
    """Conditions as people write them, which only a schema tells apart: `price=10..50` is a range of numbers.

    Attributes:
        all: each is a list of alternatives `(key, operator, text)`.
    """

    all: tuple[tuple[tuple[str, str, str], ...], ...]


Where = Mapping[str, Any] | Sequence[Mapping[str, Any]] | Filter | TextConditions
"""Payload key to a value, several values (any of them), None (it has none), `Not(...)`, or bounds; a list of such
mappings (any of them); or a tree of conditions."""


def parse_where(where: Where | None, schema: Schema) -> Filter:
    """The filter of a search in an index with this schema.

    Raises:
        ParameterError: a key that no filter can name, an empty choice, or a value that the column's type cannot hold.
    """
    if where is None:
        return EVERYTHING
    if isinstance(where, Filter):
        for key in keys(where):
            check_key(key, schema)
        return where
    if isinstance(where, TextConditions):
        from .text_filters import parse_texts

        return parse_texts(where, schema)
    if isinstance(where, Mapping):
        return both(*(_condition(key, choice, schema) for key, choice in where.items()))
    if isinstance(where, Sequence) and not isinstance(where, str) and all(isinstance(each, Mapping) for each in where):
        return filters.Any(tuple(parse_where(each, schema) for each in where))
    raise ParameterError(f"A filter is a mapping, a list of mappings or a tree of conditions; received {where!r}.")


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


def _condition(key: str, choice: Any, schema: Schema) -> Filter:  # noqa: ANN401 - user input, checked here
    check_key(key, schema)
    if choice is None:
        return filters.Not(Exists(key))
    if not isinstance(choice, Mapping):
        return equals(key, _several(choice), schema)
    if set(choice) == {"not"}:
        excluded = choice["not"]
        return Exists(key) if excluded is None else filters.Not(equals(key, _several(excluded), schema))
    if choice and set(choice) <= set(BOUNDS):
        return bounded(key, choice, schema)
    raise ParameterError(
        f"The filter {key!r} received {dict(choice)!r}; a mapping is {{'not': ...}} or has bounds of "
        f"{', '.join(BOUNDS)}."
    )


def _several(choice: Any) -> tuple[Any, ...]:  # noqa: ANN401
    return (choice,) if isinstance(choice, str) or not isinstance(choice, Iterable) else tuple(choice)


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
