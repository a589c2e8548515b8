"""What the index keeps of a product besides its vector, and what identifies a catalog."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .product import Product


def payload(product: Product, content: str, cluster: str) -> dict[str, Any]:
    """A product's payload; `content` is the hash of its image's bytes."""
    return {
        "id": product.id,
        **product.attributes,
        "image": product.image_name,
        "cluster": cluster,
        "content": content,
    }


def same_but_cluster(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two payloads describe the same product in the same state; the cluster is the model's, not its."""
    keys = (one.keys() | other.keys()) - {"cluster"}
    return all(one.get(key) == other.get(key) for key in keys)


def digest(payload: Mapping[str, Any]) -> bytes:
    """16 bytes that stand for a product's id, attributes, image name and image content."""
    facts = {key: value for key, value in payload.items() if key != "cluster"}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).digest()[:16]


def fingerprint(digests: Iterable[bytes]) -> str:
    """SHA-256 over all products' digests: equal for equal catalogs, in any order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()
