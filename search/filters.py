"""Which products may be hits, as conditions on the payload.

    {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports")}

means: for men, and red or pink, and not for sports. What this form cannot say is said by a tree of conditions from
`likewise.ingest.index.filters`, which every search takes too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import EVERYTHING, Filter, OneOf, both, keys

Where = Mapping[str, "str | Iterable[str] | Mapping[str, Any]"] | Filter
"""Payload key to a value, several values (any of them) or `Not(...)`; or a tree of conditions."""


def Not(values: str | Iterable[str]) -> dict[str, str | Iterable[str]]:  # noqa: N802 - reads as a class beside values
    """None of these values: `Not("Black")`, `Not(["Black", "Grey"])`; it is short for `{"not": ...}`."""
    return {"not": values}


def parse_where(where: Where | None, schema: Schema) -> Filter:
    """The filter of a search in an index with this schema.

    Raises:
        ParameterError: a key that no filter can name, an empty choice, or a value that is no string.
    """
    if where is None:
        return EVERYTHING
    if isinstance(where, Filter):
        for key in keys(where):
            _check_key(key, schema)
        return where
    if not isinstance(where, Mapping):
        raise ParameterError(f"A filter is a mapping or a tree of conditions; received {where!r}.")
    return both(*(_condition(key, choice, schema) for key, choice in where.items()))


def parse_where_options(options: Iterable[str]) -> dict[str, Any]:
    """The command line's `KEY=VALUE` and `KEY!=VALUE`, repeated for any-of, as a `Where`.

    Raises:
        ParameterError: no `=`, or both forms for one key.
    """
    wanted: dict[str, list[str]] = {}
    unwanted: dict[str, list[str]] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip("! "):
            raise ParameterError(f"{option!r} is not KEY=VALUE or KEY!=VALUE; for example gender=Men.")
        side = unwanted if key.endswith("!") else wanted
        side.setdefault(key.rstrip("!").strip(), []).append(value.strip())
    shared = wanted.keys() & unwanted.keys()
    if shared:
        raise ParameterError(f"{sorted(shared)[0]!r} is both chosen and excluded; choose one form.")
    return {**wanted, **{key: Not(values) for key, values in unwanted.items()}}


def _check_key(key: str, schema: Schema) -> None:
    known = schema.filterable
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"Products cannot be filtered by {key!r}.{hint} Known: {', '.join(known)}.")


def _condition(key: str, choice: Any, schema: Schema) -> Filter:  # noqa: ANN401 - user input, checked here
    _check_key(key, schema)
    if not isinstance(choice, Mapping):
        return OneOf(key, _values(key, choice))
    if set(choice) != {"not"}:
        raise ParameterError(f"The filter {key!r} received {dict(choice)!r}; the only mapping is {{'not': ...}}.")
    return filters.Not(OneOf(key, _values(key, choice["not"])))


def _values(key: str, choice: Any) -> tuple[str, ...]:  # noqa: ANN401 - user input, checked here
    values = (choice,) if isinstance(choice, str) or not isinstance(choice, Iterable) else tuple(choice)
    wrong = [value for value in values if not isinstance(value, str)]
    if wrong:
        raise ParameterError(f"The filter {key!r} received {wrong[0]!r}; payload values are strings.")
    if not values:
        raise ParameterError(f"The filter {key!r} received no value; leave it out to allow all.")
    return values
