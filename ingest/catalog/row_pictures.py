"""The pictures that a row names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..images import Cell, Picture, Refused
from .source import Source
from .values import is_missing

_BEFORE_ADDRESS = re.compile(r"[\s,;|]+(?=https?://)")
_SEPARATORS = ("|", ";", ",")


def pictures_of(
    source: Source, product_id: str, fields: Mapping[str, Any], line: int
) -> tuple[list[Picture], list[Refused]]:
    """The pictures of a product, the main one first and each once; and what of its cells leads to none."""
    if not source.image_columns:
        own = source.pictures.by_id(product_id)
        return ([], [own]) if isinstance(own, Refused) else (own, [])
    pictures: dict[str, Picture] = {}
    refused: list[Refused] = []
    for column in source.image_columns:
        value = fields.get(column)
        if is_missing(value):
            continue
        for each in _named(source, value):
            found = _find(source, each, column, line)
            if isinstance(found, Refused):
                refused.append(found)
            else:
                pictures.setdefault(found.ref, found)
    if not pictures and not refused:
        named = " and ".join(repr(column) for column in source.image_columns)
        refused.append(Refused("missing-image", f"the column {named} is empty"))
    return list(pictures.values()), refused


def _find(source: Source, value: Any, column: str, line: int) -> Picture | Refused:  # noqa: ANN401 - a cell
    if isinstance(value, Picture | Refused):
        return value
    if not isinstance(value, str | bytes | Mapping):
        return Refused("missing-image", f"the column {column!r} holds {str(value)[:80]!r}, which names no image")
    return source.pictures.find(value, Cell(source.table.path.name, column, line))


def _named(source: Source, value: Any) -> Iterator[Any]:  # noqa: ANN401
    """The single names in a cell, which may hold several."""
    if isinstance(value, list | tuple):
        yield from (each for each in value if not is_missing(each))
    elif isinstance(value, str):
        yield from _split(source, value.strip())
    else:
        yield value


def _split(source: Source, text: str) -> list[str]:
    if text.startswith("[") and text.endswith("]"):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list):
            return [each for each in listed if isinstance(each, str) and each]
    if "://" in text:
        return [part for part in _BEFORE_ADDRESS.split(text) if part]
    mark = next((mark for mark in _SEPARATORS if mark in text), None)
    # A name may hold the mark itself.
    if mark is None or isinstance(source.pictures.find(text), Picture):
        return [text]
    return [part.strip() for part in text.split(mark) if part.strip()]
