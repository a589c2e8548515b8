"""What a shop's columns are for, chosen by what their values show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .column_facts import ColumnFacts
from .schema import FASHION, TYPES, Column, ColumnType, Schema
from .scorable import GROUPING, SCORABLE, check_category, still_scored

SCORED_DISTINCT = (2, 300)
MOST_SCORED = 8

_TITLES = ("title", "name", "product_name", "productdisplayname", "product name", "product", "label")
_CATEGORIES = ("category", "categories", "product_type", "type", "department", "kind")


_TYPES: Mapping[str, tuple[ColumnType, ...]] = {"scored": SCORABLE, "learned": SCORABLE, "category": GROUPING}
"""Roles that not every type can have."""


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


def schema_of(facts: Mapping[str, ColumnFacts], wishes: Wishes, indexed: Schema | None) -> Schema:
    """The schema that the facts of a table make.

    Raises:
        ParameterError: what is to be scored, or to group products, is of a type that cannot be, or is not kept.
    """
    columns = tuple(Column(name, found.type) for name, found in facts.items())
    roles = _study_roles(facts) if is_study(facts) else _roles(facts)
    if indexed is not None:
        # What a shop relies on stays, however a day's values are spread.
        there = [name for name in indexed.role("filtered") if name in facts]
        roles["filtered"] = list(dict.fromkeys([*there, *roles["filtered"]]))
        for role in ("scored", "learned", "category", "title", "caption", "group"):
            types = _TYPES.get(role, TYPES)
            kept = [name for name in indexed.role(role) if name in facts and facts[name].type in types]
            if kept and len(kept) == len(indexed.role(role)):
                roles[role] = kept
    today = Schema(columns)
    attributes = still_scored(wishes.attributes, today, indexed)
    category = wishes.category
    if category and indexed is not None and category in indexed.names and category in facts:
        # As with what is scored: a column that is of another type today leaves with a report.
        category = category if today.type_of(category) in GROUPING else None
    elif category:
        check_category(category, today)
    asked = {
        "scored": attributes,
        "learned": attributes,
        "category": (category,) if category else (),
        "group": (wishes.group,) if wishes.group else (),
    }
    roles.update({role: list(names) for role, names in asked.items() if names})
    roles["filtered"] = [
        name for name in facts if name in {*roles["filtered"], *wishes.filtered, *roles.get("group", ())}
    ]
    return Schema(columns, {role: tuple(names) for role, names in roles.items() if names})


def is_study(names: Iterable[str]) -> bool:
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
