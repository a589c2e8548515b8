"""What a catalog consists of: products, and the rows that cannot become one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..images import Picture
    from .values import Value

LEFT_EMPTY = " is left empty: "
"""What stands in the detail of a value that was left out, between the column and the reason."""

_NAMESPACE = uuid.UUID("6f4b1c0e-55a4-5d0f-9f0a-1d9b2c7c1a11")


@dataclass(frozen=True, slots=True)
class Product:
    """One row of a catalog whose pictures exist inside the catalog.

    Attributes:
        id: the catalog's own identifier, never empty.
        pictures: at least one; so far exactly one.
        values: column to value, only the non-empty ones of the schema.
        row: its line in the table (the header is line 1); 0 for a product that came from an index.
    """

    id: str
    pictures: tuple[Picture, ...]
    values: Mapping[str, Value]
    row: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """A row or an image that cannot be indexed, and why.

    Attributes:
        id: the identifier as far as it could be read, else an empty string.
        reason: a short stable word: `missing-image`, `truncated`, `duplicate-id`, …
        detail: one sentence with the value received.
        file: the table or image that it was found in.
        row: the line in the table.
    """

    id: str
    reason: str
    detail: str
    file: str
    row: int


def point_id(key: str) -> int | uuid.UUID:
    """Qdrant's id for a point: unsigned 64-bit numbers stay themselves, others become UUIDs.

    Only canonical decimals count as numbers, so that `7` and `007` stay two products.
    """
    if key.isascii() and key.isdigit() and len(key) <= 20:
        number = int(key)
        if str(number) == key and number < 2**64:
            return number
    return uuid.uuid5(_NAMESPACE, key)
