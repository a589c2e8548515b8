"""Maps of a version as they are sent: coordinates and colours as numbers of 16 bits, made once a version."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..catalog_map import CatalogMap
from ..filtering.facets import has_order
from ..showing.rendering import label
from .settings import Settings
from .shown import Shown

MOST_COLOURS = 64
"""Values of a column that have a colour of their own; the commonest ones."""

OTHER = 65535
"""The code of all others, and of products without a value."""

KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    version: str
    points: CatalogMap
    at: Mapping[str, int]


class Maps:
    """Maps of the version that was asked for last; threads take turns.

    Args:
        settings: who is shown what; part of the ETag.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._placed: _Placed | None = None
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def etag(self, shown: Shown, column: str) -> str:
        """Equal for equal maps."""
        said = f"{shown.version} {shown.client.manifest.created_at} {column} {self._settings.shown}"
        return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'

    def draw(self, shown: Shown, column: str) -> bytes:
        """The map with the colours of a column, as JSON."""
        etag = self.etag(shown, column)
        with self._lock:
            found = self._kept.get(etag)
            if found is None:
                found = self._kept[etag] = orjson.dumps(self._drawn(shown, column))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return found

    def _drawn(self, shown: Shown, column: str) -> dict[str, Any]:
        placed = self._points(shown)
        points = placed.points
        spread = np.clip(np.rint(points.places * 65535), 0, 65535)
        return {
            "version": shown.version,
            "method": points.method,
            "count": len(points.ids),
            "ids": points.ids,
            "x": _packed(spread[:, 0]),
            "y": _packed(spread[:, 1]),
            "colour": _coloured(shown, column, placed.at),
        }

    def _points(self, shown: Shown) -> _Placed:
        if self._placed is None or self._placed.version != shown.version:
            points = shown.client.map()
            self._placed = _Placed(shown.version, points, {name: at for at, name in enumerate(points.ids)})
        return self._placed


def _coloured(shown: Shown, column: str, at: Mapping[str, int]) -> dict[str, Any]:
    codes = np.full(len(at), OTHER)
    held: dict[str, list[int]] = {}
    bounds = _bounds(shown, column)
    for record in shown.client.scroll():
        place = at.get(record.id)
        value = record.payload.get(column)
        # Of a list, the first: that of the main picture, or the commonest use of such columns.
        value = value[0] if isinstance(value, list) and value else value
        if place is not None and value not in (None, []):
            held.setdefault(_named(value, bounds), []).append(place)
    names = list(bounds.values()) if bounds else sorted(held, key=lambda name: (-len(held[name]), name))
    names = [name for name in names if name in held][:MOST_COLOURS]
    for code, name in enumerate(names):
        codes[held[name]] = code
    return {"column": column, "values": names, "codes": _packed(codes)}


def _bounds(shown: Shown, column: str) -> dict[Any, str]:
    """Lower ends of the ranges of a column with an order, and their names; empty for all others."""
    if not has_order(column, shown.schema):
        return {}
    return {each.low: f"{label(each.low)} to {label(each.high)}" for each in shown.client.histogram(column)}


def _named(value: Any, bounds: Mapping[Any, str]) -> str:  # noqa: ANN401 - a payload's
    if not bounds:
        return label(value)
    below = [low for low in bounds if low <= value]
    return bounds[max(below)] if below else next(iter(bounds.values()))


def _packed(numbers: NDArray[Any]) -> str:
    return base64.b64encode(numbers.astype("<u2").tobytes()).decode()
