"""Columns that move products up: in stock first, newest first, cheaper first; nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.catalog import Schema, Value
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import meets, moment

from ..filtering.conditions import equals

WEIGHT = 0.1
"""Of a boost that names none: as much as a tenth of all likeness."""

_FORM = re.compile(r"(?P<less>-?)(?P<column>[^=]+?)(?:=(?P<value>.*?))?(?::(?P<weight>[0-9.]+))?")


@dataclass(frozen=True, slots=True)
class Boost:
    """What is added to the similarity of products when hits are put in order.

    Attributes:
        column: of truth values, numbers, dates or times, or of any type with a `value`.
        value: products that have it move up.
        less: false or low values move up instead of true or high ones, or all products without the `value`.
        weight: what the best value adds to a similarity, from 0 to 1.

    Raises:
        ParameterError: a weight that is none.
    """

    column: str
    value: str | None = None
    less: bool = False
    weight: float = WEIGHT

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ParameterError(f"The weight of a boost is above 0 and at most 1; received {self.weight}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `in_stock`, `-price`, `added:0.2` or `brand=Acme:0.05`.

        Raises:
            ParameterError: it is none of these forms.
        """
        found = _FORM.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError(text)
            weight = WEIGHT if found["weight"] is None else float(found["weight"])
        except ValueError:
            raise ParameterError(
                "A boost is COLUMN, -COLUMN or COLUMN=VALUE, perhaps with a weight behind a colon, such as "
                f"-price:0.2; received {text[:80]!r}."
            ) from None
        return cls(found["column"], found["value"], bool(found["less"]), weight)

    def __str__(self) -> str:
        """As `parse` reads it."""
        value = "" if self.value is None else f"={self.value}"
        return f"{'-' if self.less else ''}{self.column}{value}:{self.weight:g}"

    def check(self, schema: Schema) -> None:
        """Do nothing where products of this schema can be boosted so.

        Raises:
            ParameterError: no such column, or one whose values have no order.
        """
        if self.column not in schema.names:
            raise ParameterError(f"No column {self.column!r} to boost by. Known: {', '.join(schema.names)}.")
        if self.value is not None:
            equals(self.column, (self.value,), schema)
        elif schema.type_of(self.column) in ("text", "list"):
            raise ParameterError(
                f"The column {self.column!r} has no best value; name one, as in {self.column}=VALUE, to boost by it."
            )

    def values(self, payloads: Sequence[Mapping[str, Any]], schema: Schema) -> NDArray[np.float64]:
        """What each of these products gains, float64[n], from 0 to `weight`: by its place among them, not by size."""
        if self.value is not None:
            chosen = equals(self.column, (self.value,), schema)
            good = np.array([meets(payload, chosen) for payload in payloads], np.float64)
            return self.weight * (1 - good if self.less else good)
        return self.weight * _places([payload.get(self.column) for payload in payloads], less=self.less)


def parse_boosts(boosts: str | Boost | Iterable[str | Boost]) -> tuple[Boost, ...]:
    """Boosts, one or several, from their texts.

    Raises:
        ParameterError: one of them is none.
    """
    several = (boosts,) if isinstance(boosts, str | Boost) else boosts
    return tuple(each if isinstance(each, Boost) else Boost.parse(each) for each in several)


def _places(values: Sequence[Value | None], *, less: bool) -> NDArray[np.float64]:
    """Place of each value in their order, from 0 to 1; who has none gains nothing."""
    known = [at for at, value in enumerate(values) if value is not None]
    places = np.zeros(len(values))
    if not known:
        return places
    numbers = [_number(values[at]) for at in known]
    ordered, rank = np.unique(numbers, return_inverse=True)
    flags = all(isinstance(values[at], bool) for at in known)
    most = 1 if flags else max(len(ordered) - 1, 1)
    place = np.asarray(numbers, np.float64) if flags else rank / most
    places[known] = 1 - place if less else place
    return places


def _number(value: Any) -> float:  # noqa: ANN401 - of a column with an order
    return moment(value).timestamp() if isinstance(value, str) else float(value)
