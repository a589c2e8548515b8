"""Which columns of a table may be its ids and its pictures, for the message that nobody said so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from ..images import SUFFIXES
from .tables import Table

LOOKED_AT = 50
"""Rows in which pictures are looked for."""

_IDS = (
    *("id", "sku", "product_id", "productid", "item_id", "item_number", "article_number", "article_no"),
    *("artikelnummer", "article", "code", "product_code", "ean", "gtin", "handle", "key", "no", "number"),
)


def likely_id(columns: Sequence[str]) -> str | None:
    """The column whose name is the most usual one for ids, however it is written."""
    by_name = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(columns)}
    return next((by_name[word] for word in _IDS if word in by_name), None)


def likely_image(table: Table) -> str | None:
    """The first column of which a value in the first rows is the name, the address or the bytes of a picture."""
    rows = list(islice(table.rows(table.columns), LOOKED_AT))
    found = (name for name in table.columns if any(_is_picture(row.fields.get(name)) for row in rows))
    return next(found, None)


def options_for(table: Table, *, ids: bool, images: bool) -> str:
    """The options that name these columns, as a sentence; empty where no column suggests itself."""
    named = {
        "--id-column": likely_id(table.columns) if ids else None,
        "--image-column": likely_image(table) if images else None,
    }
    said = " ".join(f"{option} {_quoted(name)}" for option, name in named.items() if name)
    return f" Perhaps {said} is meant." if said else ""


def _is_picture(value: Any) -> bool:  # noqa: ANN401 - a cell
    if isinstance(value, list | tuple):
        return any(map(_is_picture, value))
    if isinstance(value, dict):
        return isinstance(value.get("bytes"), bytes)
    if not isinstance(value, str):
        return isinstance(value, bytes)
    first = value.strip().split("?")[0].lower()
    return any(part.strip().endswith(SUFFIXES) for part in first.replace("|", ",").split(","))


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name
