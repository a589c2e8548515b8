"""Numbers of products by the values of a column: what a shopper can choose from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Reader
from likewise.ingest.index.filters import Exists, Filter, Range, Scalar, both

from .conditions import bounded, check_key

BINS = 10

ORDERED = ("integer", "float", "datetime")


@dataclass(frozen=True, slots=True)
class Bin:
    """Products whose values lie from `low` to under `high`; in the last bin, up to it.

    Numbers, or dates and times as texts.
    """

    low: int | float | str
    high: int | float | str
    count: int


def has_order(key: str, schema: Schema) -> bool:
    """Whether the values of a column are numbers, dates or times, which a histogram counts by ranges."""
    return schema.type_of(key) in ORDERED


def facets(reader: Reader, key: str, where: Filter, schema: Schema) -> dict[Scalar, int]:
    """Value to the number of products that have it, the most frequent first.

    Raises:
        ParameterError: no index, or values with an order of which there are too many kinds: see `histogram`.
    """
    check_key(key, schema)
    kind = schema.type_of(key)
    if kind in ("float", "datetime"):
        raise ParameterError(f"{key!r} is of type {kind}: ask for a histogram, or --bins on the command line.")
    found = reader.facet(key, where)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], str(pair[0]))))


def histogram(reader: Reader, key: str, where: Filter, schema: Schema, bins: int | Sequence[Any] = BINS) -> list[Bin]:
    """Numbers of products by ranges of a column of numbers, dates or times; empty where no product has a value.

    Args:
        reader: of the index.
        key: of the column.
        where: which products count.
        schema: of the index.
        bins: about how many, at round values; or their edges.

    Raises:
        ParameterError: no index, values without an order, or edges that do not rise.
    """
    check_key(key, schema)
    kind = schema.type_of(key)
    if not has_order(key, schema):
        raise ParameterError(f"{key!r} is of type {kind}, which has no ranges; ask for its facets.")
    if isinstance(bins, int):
        if not 1 <= bins <= 1000:
            raise ParameterError(f"A histogram has from 1 to 1,000 bins; received {bins}.")
        known = both(where, Exists(key))
        low, high = (reader.extreme(key, known, largest=largest) for largest in (False, True))
        if low is None or high is None:
            return []
        edges = _days(str(low), str(high), bins) if kind == "datetime" else _round(float(low), float(high), bins, kind)  # type: ignore[arg-type]
    else:
        edges = list(bins)
    ranges = [
        _between(key, low, high, last=at == len(edges) - 2, schema=schema)
        for at, (low, high) in enumerate(pairwise(edges))
    ]
    if not ranges:
        raise ParameterError(f"A histogram needs at least two edges; received {edges!r}.")
    return [
        Bin(low, high, reader.count(both(where, each)))
        for (low, high), each in zip(pairwise(edges), ranges, strict=True)
    ]


def _between(key: str, low: Any, high: Any, *, last: bool, schema: Schema) -> Range:  # noqa: ANN401 - checked
    found = bounded(key, {"gte": low, "lte" if last else "lt": high}, schema)
    ends = [bound for bound in (found.gte, found.lte if found.lte is not None else found.lt) if bound is not None]
    if ends[0] >= ends[1]:  # type: ignore[operator]
        raise ParameterError(f"The edges of a histogram rise; received {low!r} before {high!r}.")
    return found


def _round(low: float, high: float, bins: int, kind: str) -> list[int | float]:
    """Edges at round numbers, which hold all values."""
    raw = (high - low) / bins or 1.0
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * (1 - 1e-9))
    if kind == "integer":
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step)
    count = max(1, math.ceil((high - first * step) / step - 1e-9))
    edges = [round((first + at) * step, 12) for at in range(count + 1)]
    return [int(edge) for edge in edges] if kind == "integer" or all(edge.is_integer() for edge in edges) else edges


def _days(low: str, high: str, bins: int) -> list[str]:
    """Edges at whole days."""
    first, last = _day(low), _day(high)
    step = max(1, math.ceil(((last - first).days + 1) / bins))
    count = math.ceil(((last - first).days + 1) / step)
    edges = [first]
    for _ in range(count):
        edges.append(edges[-1] + timedelta(days=step) if date.max - edges[-1] > timedelta(days=step) else date.max)
    return [edge.isoformat() for edge in edges]


def _day(text: str) -> date:
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
