"""Conditions as the command line and HTTP write them.

    gender=Men  usage!=Sports  price<50  price>=10  price=10..50  added=2026-01-01..2026-03-31  in_stock=yes
    sizes=XL (a member of a list)  brand=* (has a value)  brand!=* (has none)  'brand=Nike || price<20' (any of these)

Conditions are given one by one and all have to hold; those with `=` on one key are alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import Exists, Filter, Not

from .conditions import TextConditions, bounded, check_key, equals

ANYTHING = "*"
"""Stands for any value."""

_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
_NAMES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def parse_where_options(options: Iterable[str]) -> TextConditions:
    """Conditions out of their texts.

    Raises:
        ParameterError: one without a key or an operator, or both `=` and `!=` for one key.
    """
    conditions = tuple(tuple(map(_split, option.split("||"))) for option in options)
    single = [alternatives[0] for alternatives in conditions if len(alternatives) == 1]
    shared = {key for key, sign, text in single if sign == "=" and text != ANYTHING} & {
        key for key, sign, text in single if sign == "!=" and text != ANYTHING
    }
    if shared:
        raise ParameterError(f"{min(shared)!r} is both chosen and excluded; choose one form.")
    return TextConditions(conditions)


def text_conditions(where: TextConditions, schema: Schema) -> list[tuple[tuple[str, ...], Filter]]:
    """What conditions mean in an index with this schema: the texts of each, several where they are alternatives.

    Raises:
        ParameterError: see `parse_where`.
    """
    gathered: dict[object, list[tuple[str, str, str]]] = {}
    for at, alternatives in enumerate(where.all):
        key, sign, text = alternatives[0]
        several = len(alternatives) > 1
        # Values of one key are alternatives; whatever else is said of it holds by itself.
        name = (key, sign) if sign in ("=", "!=") and text != ANYTHING and not several else at
        gathered.setdefault(name, []).extend(alternatives)
    return [
        (_written(each, joined=isinstance(name, int)), _meaning(each, schema, joined=isinstance(name, int)))
        for name, each in gathered.items()
    ]


def _written(parts: list[tuple[str, str, str]], *, joined: bool) -> tuple[str, ...]:
    texts = ["".join(part) for part in parts]
    return (" || ".join(texts),) if joined else tuple(texts)


def _meaning(parts: list[tuple[str, str, str]], schema: Schema, *, joined: bool) -> Filter:
    if joined:
        each = tuple(_one(*part, schema) for part in parts)
        return each[0] if len(each) == 1 else filters.Any(each)
    key, sign, _ = parts[0]
    wanted = _any_of(key, [text for _, _, text in parts], schema)
    return wanted if sign == "=" else Not(wanted)


def _split(condition: str) -> tuple[str, str, str]:
    found = _OPERATOR.search(condition)
    if found is None or not condition[: found.start()].strip():
        raise ParameterError(
            f"{condition!r} is not KEY=VALUE or KEY!=VALUE, nor KEY<VALUE and the like; for example gender=Men."
        )
    return condition[: found.start()].strip(), found[0], condition[found.end() :].strip()


def _one(key: str, sign: str, text: str, schema: Schema) -> Filter:
    check_key(key, schema)
    if text == ANYTHING and sign in ("=", "!="):
        return Exists(key) if sign == "=" else Not(Exists(key))
    if sign in _NAMES:
        return bounded(key, {_NAMES[sign]: text}, schema)
    wanted = _any_of(key, [text], schema)
    return wanted if sign == "=" else Not(wanted)


def _any_of(key: str, texts: list[str], schema: Schema) -> Filter:
    """One of the values, or in one of the ranges `10..50`, in which either end may be left out."""
    check_key(key, schema)
    if schema.type_of(key) not in ("integer", "float", "datetime"):
        return equals(key, texts, schema)
    parts: list[Filter] = []
    plain = [text for text in texts if ".." not in text]
    if plain:
        parts.append(equals(key, plain, schema))
    for text in texts:
        if ".." in text:
            low, _, high = text.partition("..")
            if not (low.strip() or high.strip()):
                raise ParameterError(f"{key}={text} is a range without ends; write {key}=10.., {key}=..50 or {key}=*.")
            bounds = {name: bound for name, bound in (("gte", low.strip()), ("lte", high.strip())) if bound}
            parts.append(bounded(key, bounds, schema))
    return parts[0] if len(parts) == 1 else filters.Any(tuple(parts))
