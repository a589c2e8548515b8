"""What the index keeps of a product besides its vector, and what identifies a catalog."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .product import Product
from .schema import Schema
from .values import Value, rounded

_ENCODE = json.JSONEncoder(sort_keys=True).encode
"""As `json.dumps` with sorted keys, without an encoder made for each."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """Makes and reads the payloads of an index: the catalog's columns, and our own keys, which give way to them.

    Attributes:
        schema: of the index.
        id, image, cluster, content, predicted: the keys of ours. `image` names the main picture, `content` is the
            hash of its bytes; where a product has several pictures, both are lists, the main one first, and so is
            `cluster` where they are not in the same one. `predicted` says which of its attributes were predicted, not
            given.
    """

    schema: Schema
    id: str = field(init=False)
    image: str = field(init=False)
    cluster: str = field(init=False)
    content: str = field(init=False)
    predicted: str = field(init=False)

    def __post_init__(self) -> None:
        for ours in ("id", "image", "cluster", "content", "predicted"):
            object.__setattr__(self, ours, self.schema.key(ours))

    def make(self, product: Product, contents: tuple[str, ...], cluster: str | list[str]) -> dict[str, Any]:
        """A product's payload; `contents` are the hashes of its pictures' bytes."""
        images = [picture.ref for picture in product.pictures]
        return {
            self.id: product.id,
            **_plain(product.values),
            self.image: images[0] if len(images) == 1 else images,
            self.cluster: cluster,
            self.content: contents[0] if len(contents) == 1 else list(contents),
        }

    def of_catalog(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A payload as the catalog has it: without its cluster and what was predicted."""
        ours = (self.cluster, self.predicted)
        predicted = payload.get(self.predicted, ())
        return {
            key: rounded(value) if isinstance(value, float) else value
            for key, value in payload.items()
            if key not in ours and key not in predicted
        }

    def digest(self, payload: Mapping[str, Any]) -> bytes:
        """16 bytes that stand for a product's id, values, image names and image contents."""
        return hashlib.sha256(_ENCODE(self.of_catalog(payload)).encode()).digest()[:16]

    def images(self, payload: Mapping[str, Any]) -> list[str]:
        """The names of a product's pictures, the main one first."""
        return _several(payload.get(self.image))

    def contents(self, payload: Mapping[str, Any]) -> list[str]:
        """The hashes of a product's pictures, the main one first."""
        return _several(payload.get(self.content))

    def clusters(self, payload: Mapping[str, Any]) -> list[str]:
        """The clusters of a product's pictures, that of the main one first."""
        return _several(payload.get(self.cluster))

    def with_predicted(self, payload: Mapping[str, Any], predicted: Mapping[str, Value]) -> dict[str, Any]:
        """A payload with predicted values, which it names."""
        return {**_plain(predicted), **payload, self.predicted: sorted(predicted)} if predicted else dict(payload)


def _plain(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _several(value: Any) -> list[str]:  # noqa: ANN401 - a payload's
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def catalog_fingerprint(digests: Iterable[bytes]) -> str:
    """SHA-256 over all products' digests: equal for equal catalogs, in any order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()
