"""Which columns can be scored and learned, and which ones queries can be drawn by."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import ParameterError
from .schema import ColumnType, Schema

SCORABLE: tuple[ColumnType, ...] = ("text", "bool", "integer", "list")
"""Types of which two products have an equal value often enough. Lists are equal where their members are."""

GROUPING: tuple[ColumnType, ...] = ("text", "bool", "integer")
"""Types that put every product into one group."""


def check_scored(names: Iterable[str], schema: Schema) -> None:
    """Do nothing for columns that can be scored and learned.

    Raises:
        ParameterError: one that cannot, or that is not kept.
    """
    _check(names, schema, SCORABLE, "equal values of it are chance: it is neither scored nor learned")


def still_scored(names: Iterable[str], schema: Schema, indexed: Schema | None) -> tuple[str, ...]:
    """The columns that can be scored and learned today, without those that the index has and today's type forbids.

    What was asked for once and is of another type today leaves with a report, as all columns that change their type; it
    is no reason for a night to fail. What is asked for anew is checked by `check_asked` in the run's stages.

    Raises:
        ParameterError: as `check_scored`, for columns that are new.
    """
    there = () if indexed is None else indexed.names
    left = tuple(name for name in names if name not in there or schema.type_of(name) in SCORABLE)
    check_scored(left, schema)
    return left


def check_category(name: str, schema: Schema) -> None:
    """Do nothing for a column by which queries can be drawn.

    Raises:
        ParameterError: one that puts products into no groups, or that is not kept.
    """
    _check([name], schema, GROUPING, "it puts no product into one group of several")


def _check(names: Iterable[str], schema: Schema, types: tuple[ColumnType, ...], why: str) -> None:
    known = {column.name: column.type for column in schema.columns}
    fitting = ", ".join(name for name, kind in known.items() if kind in types) or "none"
    for name in names:
        if name not in known:
            raise ParameterError(f"The index keeps no column {name!r}. Columns to choose from: {fitting}.")
        if known[name] not in types:
            raise ParameterError(f"{name!r} is of type {known[name]}, and {why}. Columns to choose from: {fitting}.")
