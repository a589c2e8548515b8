"""What the index keeps of a product besides its vector, and what identifies a catalog."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .product import Product

PREDICTED = "predicted"
"""Payload key: which of a product's attributes were predicted, not given."""


def payload(product: Product, contents: tuple[str, ...], cluster: str) -> dict[str, Any]:
    """A product's payload; `contents` are the hashes of its pictures' bytes."""
    return {
        "id": product.id,
        **product.values,
        "image": product.pictures[0].ref,
        "cluster": cluster,
        "content": contents[0],
    }


def catalog_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as the catalog has it: without its cluster and what was predicted."""
    predicted = payload.get(PREDICTED, ())
    return {key: value for key, value in payload.items() if key not in ("cluster", PREDICTED) and key not in predicted}


def digest(payload: Mapping[str, Any]) -> bytes:
    """16 bytes that stand for a product's id, values, image name and image content."""
    return hashlib.sha256(json.dumps(catalog_payload(payload), sort_keys=True).encode()).digest()[:16]


def catalog_fingerprint(digests: Iterable[bytes]) -> str:
    """SHA-256 over all products' digests: equal for equal catalogs, in any order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()
