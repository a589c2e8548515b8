"""Which products may be hits, as conditions on the payload.

    {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports"), "price": {"gte": 10, "lt": 50}}

means: for men, and red or pink, and not for sports, and from 10 to under 50. A list of such mappings means any of them.
What these forms cannot say is said by a tree of conditions from `likewise.ingest.index.filters`, which every search
takes too. The command line and HTTP write `gender=Men`, `usage!=Sports`, `price<50`; see `text_filters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import EVERYTHING, Exists, Filter, both, keys

from .conditions import TextConditions, bounded, check_key, equals
from .text_filters import text_conditions

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
    return EVERYTHING if where is None else both(*(each.filter for each in conditions(where, schema)))


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the conditions of a search, all of which have to hold.

    Attributes:
        texts: as it was written; several where they are alternatives.
        filter: what it means.
    """

    texts: tuple[str, ...]
    filter: Filter

    @property
    def words(self) -> str:
        """All of it as one text."""
        return " or ".join(self.texts)


def conditions(where: Where | None, schema: Schema) -> tuple[Condition, ...]:
    """The conditions of a search one by one, in the order in which they were given.

    Raises:
        ParameterError: see `parse_where`.
    """
    if where is None:
        return ()
    if isinstance(where, Filter):
        for key in keys(where):
            check_key(key, schema)
        parts = where.filters if isinstance(where, filters.All) else (where,)
        return tuple(Condition((_words(part),), part) for part in parts)
    if isinstance(where, TextConditions):
        return tuple(Condition(texts, found) for texts, found in text_conditions(where, schema))
    if isinstance(where, Mapping):
        return tuple(
            Condition((f"{key}: {choice!r}",), _condition(key, choice, schema)) for key, choice in where.items()
        )
    if isinstance(where, Sequence) and not isinstance(where, str) and all(isinstance(each, Mapping) for each in where):
        alternatives = filters.Any(tuple(parse_where(each, schema) for each in where))
        return (Condition(tuple(str(dict(each)) for each in where), alternatives),)
    raise ParameterError(f"A filter is a mapping, a list of mappings or a tree of conditions; received {where!r}.")


def _words(part: Filter) -> str:
    return ", ".join(dict.fromkeys(keys(part)))


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
