"""Which products may be hits, as conditions on the payload.

    {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports"), "price": {"gte": 10, "lt": 50}}

means: for men, and red or pink, and not for sports, and from 10 to under 50. A list of such mappings means any of them.
What these forms cannot say is said by a tree of conditions from `likewise.ingest.index.filters`, which every search
takes too. The command line and HTTP write `gender=Men`, `usage!=Sports`, `price<50`; see `text_filters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import EVERYTHING, Exists, Filter, both, keys

from .conditions import TextConditions, bounded, check_key, equals
from .text_filters import parse_texts

BOUNDS = ("gt", "gte", "lt", "lte")


def Not(values: Any) -> dict[str, Any]:  # noqa: N802, ANN401 - reads as a class beside values
    """None of these values: `Not("Black")`, `Not(["Black", "Grey"])`; it is short for `{"not": ...}`."""
    return {"not": values}


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
        return parse_texts(where, schema)
    if isinstance(where, Mapping):
        return both(*(_condition(key, choice, schema) for key, choice in where.items()))
    if isinstance(where, Sequence) and not isinstance(where, str) and all(isinstance(each, Mapping) for each in where):
        return filters.Any(tuple(parse_where(each, schema) for each in where))
    raise ParameterError(f"A filter is a mapping, a list of mappings or a tree of conditions; received {where!r}.")


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
