"""What a catalog consists of: products, and the rows that cannot become one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ATTRIBUTES = (
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
)
"""Payload keys taken from the catalog; the public data set's own names."""

FILTERABLE = (
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
)
"""The attributes that get a keyword index (a display name is unique to its product: no filter wants it)."""

_NAMESPACE = uuid.UUID("6f4b1c0e-55a4-5d0f-9f0a-1d9b2c7c1a11")


@dataclass(frozen=True, slots=True)
class Product:
    """One row of a catalog whose image file exists inside the catalog.

    Attributes:
        id: the catalog's own identifier, never empty.
        image: path of the image file.
        image_name: the image's path relative to the catalog, with forward slashes.
        attributes: attribute name to value, only the non-empty ones.
        file: name of the table it came from.
        row: its line in that table (the header is line 1).
    """

    id: str
    image: Path
    image_name: str
    attributes: Mapping[str, str]
    file: str
    row: int


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


def point_id(product_id: str) -> int | uuid.UUID:
    """Qdrant's id for a product: unsigned 64-bit numbers stay themselves, others become UUIDs.

    Only canonical decimals count as numbers, so that `7` and `007` stay two products.
    """
    if product_id.isascii() and product_id.isdigit() and len(product_id) <= 20:
        number = int(product_id)
        if str(number) == product_id and number < 2**64:
            return number
    return uuid.uuid5(_NAMESPACE, product_id)
