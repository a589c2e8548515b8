"""What a search or a count is restricted to, as a tree of conditions on payload keys; stores translate it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..errors import ParameterError

Scalar = str | int | float | bool
Bound = int | float | datetime


@dataclass(frozen=True, slots=True)
class OneOf:
    """The key holds one of these values; a key that holds a list, one of its members.

    Numbers are compared as numbers (5 is 5.0); a truth value is no number, and a number is no text.
    """

    key: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The key holds a number, or a point in time, between bounds; None where there is no bound.

    A time without a zone means UTC, in the bounds as in the payloads.

    Raises:
        ParameterError: no bound at all, or numbers and times mixed.
    """

    key: str
    gt: Bound | None = None
    gte: Bound | None = None
    lt: Bound | None = None
    lte: Bound | None = None

    def __post_init__(self) -> None:
        if bool(self.numbers) == bool(self.times):
            raise ParameterError(f"A range of {self.key!r} needs bounds, and all of them numbers or all times: {self}.")

    @property
    def numbers(self) -> dict[str, float]:
        """The bounds that are numbers, by their names."""
        return {name: bound for name, bound in self._bounds() if isinstance(bound, int | float)}

    @property
    def times(self) -> dict[str, datetime]:
        """The bounds that are points in time, by their names."""
        return {name: bound for name, bound in self._bounds() if isinstance(bound, datetime)}

    def _bounds(self) -> Iterator[tuple[str, Bound | None]]:
        return ((name, getattr(self, name)) for name in ("gt", "gte", "lt", "lte"))


@dataclass(frozen=True, slots=True)
class Exists:
    """The key has a value."""

    key: str


@dataclass(frozen=True, slots=True)
class Not:
    """The filter does not hold; products without the key are among those that are left."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the filters holds; with none, everything is meant."""

    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the filters holds."""

    filters: tuple[Filter, ...]


Filter = All | Any | Not | OneOf | Range | Exists

EVERYTHING = All()


def both(*filters: Filter) -> Filter:
    """All of the filters as one, without nesting `All` in `All`."""
    flat: list[Filter] = []
    for each in filters:
        flat += each.filters if isinstance(each, All) else (each,)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def leaves(tree: Filter) -> Iterator[OneOf | Range | Exists]:
    """The conditions on single keys that a filter is made of."""
    match tree:
        case All(filters) | Any(filters):
            for each in filters:
                yield from leaves(each)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield tree


def keys(tree: Filter) -> Iterator[str]:
    """The payload keys that a filter names, one by one."""
    return (leaf.key for leaf in leaves(tree))


def texts(choice: OneOf) -> list[str]:
    """The values that are texts."""
    return [value for value in choice.values if isinstance(value, str)]


def by_kind(choice: OneOf) -> Any:
    """The same choice as one of conditions that Qdrant has: texts together, each truth value, numbers as ranges."""
    flags = [value for value in choice.values if isinstance(value, bool)]
    numbers = [value for value in choice.values if isinstance(value, int | float) and not isinstance(value, bool)]
    return Any(
        (
            *([OneOf(choice.key, tuple(texts(choice)))] if texts(choice) else []),
            *(OneOf(choice.key, (flag,)) for flag in flags),
            *(Range(choice.key, gte=number, lte=number) for number in numbers),
        )
    )
