"""The schema of a table, from its values: every type is what all of a column's values are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .schema import FASHION, Column, ColumnType, Schema
from .values import BadValueError, fits, is_missing, parse

NARROW: tuple[ColumnType, ...] = ("bool", "integer", "float", "datetime", "list")
"""Types that a column is tried for, in this order; what is none of them is text."""

MOST_DISTINCT = 20_000
"""Values of a column that are told apart; a text column with more is no filter by itself."""

FEW_DISTINCT = 20
"""Different values that make a filter also of a small catalog's column."""

LONGEST_FILTERED = 128
"""Characters of the longest text that is filtered by unless asked."""

SCORED_DISTINCT = (2, 300)
MOST_SCORED = 8

STRAYS = 0.05
"""Largest share of values that may not fit the type that a column has in the index, for the type to stay."""

_TITLES = ("title", "name", "product_name", "productdisplayname", "product name", "product", "label")
_CATEGORIES = ("category", "categories", "product_type", "type", "department", "kind")


@dataclass(slots=True)
class ColumnFacts:
    """What the values of a column have shown so far.

    Attributes:
        name: of the column.
        chosen: the type that a person gives it.
        stated: the type that the table's format gives it.
        indexed: the type that it has in the index; None for a new column.
        filled: values that hold something.
        longest: characters of the longest text.
        strays: values that the indexed type cannot hold.
        distinct: the different values, at most `MOST_DISTINCT` of them.
        example: the first of the strays: its row and why.
    """

    name: str
    chosen: ColumnType | None = None
    stated: ColumnType | None = None
    indexed: ColumnType | None = None
    filled: int = 0
    longest: int = 0
    strays: int = 0
    distinct: set[Any] = field(default_factory=set)
    example: str = ""
    _open: list[ColumnType] = field(default_factory=lambda: list(NARROW))

    def see(self, raw: Any, row: int) -> None:  # noqa: ANN401 - whatever a reader of tables gives
        """Take one more value into account."""
        if is_missing(raw):
            return
        self.filled += 1
        known = raw if isinstance(raw, str | int | float | bool) else repr(raw)
        if (known, type(raw)) in self.distinct:
            if self.indexed is not None and self.strays:
                self._check(raw, row)
            return
        if len(self.distinct) < MOST_DISTINCT:
            self.distinct.add((known, type(raw)))
        self._open = [kind for kind in self._open if fits(raw, kind)]
        if isinstance(raw, str):
            self.longest = max(self.longest, len(raw))
        if self.indexed is not None:
            self._check(raw, row)

    def _check(self, raw: Any, row: int) -> None:  # noqa: ANN401
        try:
            parse(raw, self.indexed or "text")
        except BadValueError as error:
            self.strays += 1
            self.example = self.example or f"row {row}: {error}"

    @property
    def type(self) -> ColumnType:
        """What the column is."""
        if self.chosen is not None:
            return self.chosen
        own = self.stated or (self._open[0] if self.filled and self._open else "text")
        if self.indexed is None:
            return own
        if self.strays == 0:
            return self.indexed
        if (self.indexed, own) == ("integer", "float"):
            return own
        return self.indexed if self.strays <= STRAYS * self.filled else own

    @property
    def repeats(self) -> bool:
        """Whether values come back often enough to be filtered by."""
        few = len(self.distinct) <= FEW_DISTINCT or 2 * len(self.distinct) <= self.filled
        return few and len(self.distinct) < MOST_DISTINCT and self.longest <= LONGEST_FILTERED


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says of the columns, which counts more than what their values show.

    Attributes:
        types: column to its type.
        filtered: columns that are filtered by although their values are nearly all different.
        attributes: what is scored and learned.
        category: from whose groups queries are drawn.
        group: what variants of one product share.
    """

    types: Mapping[str, ColumnType] = field(default_factory=dict)
    filtered: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    category: str | None = None
    group: str | None = None


def new_facts(
    names: Iterable[str], stated: Mapping[str, ColumnType], wishes: Wishes, indexed: Schema | None
) -> dict[str, ColumnFacts]:
    """Empty facts of a table's columns.

    Args:
        names: the columns that are kept.
        stated: types that the table's format gives.
        wishes: of a person.
        indexed: schema of the index, whose types stay where they can.
    """
    names = list(names)
    before = {} if indexed is None else {column.name: column.type for column in indexed.columns}
    study = {column.name: column.type for column in FASHION.columns} if _is_study(names) else {}
    return {
        name: ColumnFacts(name, wishes.types.get(name) or study.get(name), stated.get(name), before.get(name))
        for name in names
    }


def schema_of(facts: Mapping[str, ColumnFacts], wishes: Wishes, indexed: Schema | None) -> Schema:
    """The schema that the facts of a table make."""
    columns = tuple(Column(name, found.type) for name, found in facts.items())
    roles = _study_roles(facts) if _is_study(facts) else _roles(facts)
    if indexed is not None:
        # What a shop relies on stays, however a day's values are spread.
        there = [name for name in indexed.role("filtered") if name in facts]
        roles["filtered"] = list(dict.fromkeys([*there, *roles["filtered"]]))
        for role in ("scored", "learned", "category", "title", "caption", "group"):
            kept = [name for name in indexed.role(role) if name in facts]
            if kept and len(kept) == len(indexed.role(role)):
                roles[role] = kept
    asked = {
        "scored": wishes.attributes,
        "learned": wishes.attributes,
        "category": (wishes.category,) if wishes.category else (),
        "group": (wishes.group,) if wishes.group else (),
    }
    roles.update({role: list(names) for role, names in asked.items() if names})
    roles["filtered"] = [
        name for name in facts if name in {*roles["filtered"], *wishes.filtered, *roles.get("group", ())}
    ]
    return Schema(columns, {role: tuple(names) for role, names in roles.items() if names})


def _is_study(names: Iterable[str]) -> bool:
    """Whether these are the columns of the public data set: at least the five that the study scores."""
    return set(FASHION.role("scored")) <= set(names)


def _study_roles(facts: Mapping[str, ColumnFacts]) -> dict[str, list[str]]:
    own = {role: [name for name in names if name in facts] for role, names in FASHION.roles.items()}
    more = {name: found for name, found in facts.items() if name not in FASHION.names}
    return {**own, "filtered": [*own["filtered"], *_filtered(more)]}


def _roles(facts: Mapping[str, ColumnFacts]) -> dict[str, list[str]]:
    texts = {name: found for name, found in facts.items() if found.type == "text" and found.filled}
    scored = [name for name, found in texts.items() if _is_scored(found)][:MOST_SCORED]
    title = _first_named(texts, _TITLES) or _wordiest(texts)
    category = _first_named({name: texts[name] for name in scored}, _CATEGORIES) or _coarsest(texts, scored)
    return {
        "filtered": _filtered(facts),
        "scored": scored,
        "learned": scored,
        "category": [category] if category else [],
        "title": [title] if title else [],
        "caption": [name for name in scored if name != title][:3],
    }


def _filtered(facts: Mapping[str, ColumnFacts]) -> list[str]:
    return [name for name, found in facts.items() if found.type not in ("text", "list") or found.repeats]


def _is_scored(found: ColumnFacts) -> bool:
    least, most = SCORED_DISTINCT
    return least <= len(found.distinct) <= most and 2 * len(found.distinct) <= found.filled and found.repeats


def _first_named(facts: Mapping[str, ColumnFacts], wanted: Sequence[str]) -> str | None:
    by_name = {name.lower(): name for name in facts}
    return next((by_name[word] for word in wanted if word in by_name), None)


def _wordiest(texts: Mapping[str, ColumnFacts]) -> str | None:
    """The text that tells products apart: nearly all different, and words rather than codes."""
    telling = [found for found in texts.values() if not found.repeats and found.longest >= 8]
    return max(telling, key=lambda found: found.longest, default=None).name if telling else None  # type: ignore[union-attr]


def _coarsest(texts: Mapping[str, ColumnFacts], scored: Sequence[str]) -> str | None:
    return min(scored, key=lambda name: len(texts[name].distinct), default=None)
