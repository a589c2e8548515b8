"""Rules that a merchandiser keeps in a small file, and every answer follows.

[[rule]]
name = "Sold out sinks"
action = "sink"                  # first, never or sink
where = ["in_stock=false"]       # the products that it speaks of, by conditions as in --where

[[rule]]
name = "Summer campaign"
action = "first"
products = ["15970", "1164"]     # or by their ids
for = ["season=Summer"]          # only when the product that is asked about meets these conditions
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, cast, get_args

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Filter, meets

from ..filtering.filters import parse_where
from ..filtering.text_filters import parse_where_options

Action = Literal["first", "never", "sink"]

MOST = 1 << 20
"""Bytes of a file of rules."""

_KEYS = ("name", "action", "products", "where", "for")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: as answers tell it.
        action: `first` puts products before all others, wherever they are among the nearest 200; with `context`, also
            those of `products` that are not. `sink` puts products behind the others of these 200; `never` leaves
            products out.
        products: ids of the products that it speaks of.
        where: the products that it speaks of; beside `products`, those too.
        context: what the product that is asked about meets; for a picture, the product nearest to it. None: any.
    """

    name: str
    action: Action
    products: tuple[str, ...] = ()
    where: Filter | None = None
    context: Filter | None = None

    def holds(self, asked: Mapping[str, Any] | None) -> bool:
        """Whether the rule holds for a search from the product with this payload."""
        return self.context is None or (asked is not None and meets(asked, self.context))

    def concerns(self, product_id: str, payload: Mapping[str, Any]) -> bool:
        """Whether the rule speaks of this product."""
        return product_id in self.products or (self.where is not None and meets(payload, self.where))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules; for a product of which several speak, the first one counts."""

    all: tuple[Rule, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def banned(self) -> tuple[str, ...]:
        """Ids of the products that no search may find, each once."""
        return tuple(dict.fromkeys(name for rule in self._always_out() for name in rule.products))

    @property
    def hidden(self) -> tuple[Filter, ...]:
        """What the products meet that no search may find."""
        return tuple(rule.where for rule in self._always_out() if rule.where is not None)

    @property
    def standing(self) -> tuple[str, ...]:
        """Names of the rules that hold for every search and that a store follows."""
        return tuple(rule.name for rule in self._always_out())

    @property
    def arranging(self) -> tuple[Rule, ...]:
        """The rules that are followed when hits are put in order: those that no store can follow."""
        return tuple(rule for rule in self.all if rule.action != "never" or rule.context is not None)

    def _always_out(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.all if rule.action == "never" and rule.context is None)

    @classmethod
    def read(cls, path: Path, schema: Schema) -> Self:
        """The rules in a file, for an index with this schema.

        Raises:
            ParameterError: the file cannot be read, or one of its rules is none; the text names it.
        """
        try:
            with path.open("rb") as file:
                data = tomllib.loads(file.read(MOST).decode())
        except (OSError, ValueError) as error:
            raise ParameterError(f"The rules in {path} cannot be read: {error}.") from None
        strange = sorted(data.keys() - {"rule"})
        entries = data.get("rule", [])
        if strange or not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise ParameterError(
                f"{path} has {', '.join(map(repr, strange)) or 'no list of rules'}; each rule begins with [[rule]]."
            )
        return cls(tuple(_rule(each, schema, f"{path}, rule", at) for at, each in enumerate(entries, 1)))


def _rule(entry: Mapping[str, Any], schema: Schema, place: str, at: int) -> Rule:
    place = f"{place} {at}"
    strange = sorted(entry.keys() - set(_KEYS))
    if strange:
        raise ParameterError(f"{place}: unknown key {strange[0]!r}. Known: {', '.join(_KEYS)}.")
    action = entry.get("action")
    if action not in get_args(Action):
        raise ParameterError(f"{place}: action is one of {', '.join(get_args(Action))}; received {action!r}.")
    products, where, context = (_texts(entry, key, place) for key in ("products", "where", "for"))
    if not products and not where:
        raise ParameterError(f"{place}: it speaks of no product; give products = [IDS] or where = [CONDITIONS].")
    # Answers tell it to everybody: no conditions, whose columns may be hidden.
    name = entry.get("name", f"rule {at}")
    if not isinstance(name, str) or not name:
        raise ParameterError(f"{place}: name is a text; received {name!r}.")
    return Rule(
        name,
        cast(Action, action),
        tuple(products),
        _filter(where, schema, f"{place}, where"),
        _filter(context, schema, f"{place}, for"),
    )


def _texts(entry: Mapping[str, Any], key: str, place: str) -> list[str]:
    value = entry.get(key, [])
    value = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value
    if not isinstance(value, list) or not all(isinstance(each, str | int) for each in value):
        raise ParameterError(f"{place}: {key} is a list of texts; received {value!r}.")
    return [str(each) for each in value]


def _filter(conditions: Sequence[str], schema: Schema, place: str) -> Filter | None:
    if not conditions:
        return None
    try:
        return parse_where(parse_where_options(conditions), schema)
    except ParameterError as error:
        raise ParameterError(f"{place}: {error}") from None
