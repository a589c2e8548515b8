"""What a shopper chose, as conditions on the payload.

    {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports")}

means: for men, and red or pink, and not for sports.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from likewise.ingest.catalog.product import FILTERABLE
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.stores import Condition

KEYS = (*FILTERABLE, "cluster", "content")
"""Payload keys that have an index, and so can be filtered."""


@dataclass(frozen=True, slots=True)
class Not:
    """None of these values: `Not("Black")`, `Not(["Black", "Grey"])`."""

    values: str | Iterable[str]


Where = Mapping[str, "str | Iterable[str] | Not | Mapping[str, Any]"]
"""Payload key to a value, several values (any of them), `Not(...)`, or its JSON form `{"not": ...}`."""


def parse_where(where: Where | None) -> tuple[Condition, ...]:
    """Conditions that must all hold.

    Raises:
        ParameterError: an unknown key, an empty choice, or a value that is no string.
    """
    return tuple(_condition(key, choice) for key, choice in (where or {}).items())


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
    both = wanted.keys() & unwanted.keys()
    if both:
        raise ParameterError(f"{sorted(both)[0]!r} is both chosen and excluded; choose one form.")
    return {**wanted, **{key: Not(values) for key, values in unwanted.items()}}


def _condition(key: str, choice: Any) -> Condition:  # noqa: ANN401 - user input, checked here
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"Products cannot be filtered by {key!r}.{hint} Known: {', '.join(KEYS)}.")
    negated = False
    if isinstance(choice, Mapping):
        if set(choice) != {"not"}:
            raise ParameterError(f"The filter {key!r} received {dict(choice)!r}; the only mapping is {{'not': ...}}.")
        choice = Not(choice["not"])
    if isinstance(choice, Not):
        negated, choice = True, choice.values
    values = (choice,) if isinstance(choice, str) else tuple(_iterable(key, choice))
    wrong = [value for value in values if not isinstance(value, str)]
    if wrong:
        raise ParameterError(f"The filter {key!r} received {wrong[0]!r}; payload values are strings.")
    if not values:
        raise ParameterError(f"The filter {key!r} received no value; leave it out to allow all.")
    return Condition(key, values, negated)


def _iterable(key: str, choice: Any) -> Iterable[Any]:  # noqa: ANN401 - user input, checked here
    if not isinstance(choice, Iterable):
        raise ParameterError(f"The filter {key!r} received {choice!r}; payload values are strings.")
    return choice
