"""A catalog whose features are in the cache: what fitting, comparing and writing start from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..catalog import Payloads, Product, Reject, Schema, learned_text
from ..encoders import EncoderSpec
from ..images import PictureSource
from .cache import Features

BLOCK = 4096
"""Products that are worked on at once."""


@dataclass(frozen=True, slots=True)
class EncodedProduct:
    """A product, and the content hash of each of its pictures, hexadecimal."""

    product: Product
    contents: tuple[str, ...]

    @property
    def content(self) -> str:
        """The content hash of its first picture."""
        return self.contents[0]


@dataclass(frozen=True, slots=True)
class EncodedCatalog:
    """The usable products of a catalog with their features, read block by block.

    Attributes:
        items: the products in the catalog's order; outside of this class only iterated and counted.
        features: by content hash.
        encoder: what made them.
        schema: the columns of the products.
        pictures: where pictures that an index names by reference are.
        root: the catalog's folder, for the manifest.
        rejects: rows and pictures that could not be used.
        rows: number of rows of the catalog.
        encoded: number of pictures that the encoder had to see.
        warnings: what of a product was left out, and why.
        recognised: what the catalog was taken for, in words; empty where none was read.
    """

    items: Sequence[EncodedProduct]
    features: Features = field(repr=False)
    encoder: EncoderSpec
    schema: Schema
    pictures: PictureSource
    root: str
    rejects: Sequence[Reject] = ()
    rows: int = 0
    encoded: int = 0
    warnings: Sequence[Reject] = ()
    recognised: str = ""

    def __len__(self) -> int:
        """Number of products."""
        return len(self.items)

    def __iter__(self) -> Iterator[EncodedProduct]:
        return iter(self.items)

    @property
    def several(self) -> bool:
        """Whether there is a product with several pictures."""
        return any(len(item.contents) > 1 for item in self.items)

    @property
    def payloads(self) -> Payloads:
        """Makes the payloads of its products."""
        return Payloads(self.schema)

    def digests(self, items: Iterable[EncodedProduct]) -> list[bytes]:
        """16 bytes for each product that stand for its id, values and pictures."""
        payloads = self.payloads
        return [payloads.digest(payloads.make(item.product, item.contents, "")) for item in items]

    def blocks(self, size: int = BLOCK) -> Iterator[Sequence[EncodedProduct]]:
        """All products, at most `size` at once."""
        return blocks(self.items, size)

    def sample(self, most: int, seed: int) -> list[EncodedProduct]:
        """At most `most` products, seeded, in the catalog's order; all of them when they are few enough."""
        if len(self.items) <= most:
            return list(self.items)
        chosen = np.random.default_rng(seed).choice(len(self.items), most, replace=False)
        return [self.items[at] for at in np.sort(chosen)]

    def spread(self, most: int) -> list[EncodedProduct]:
        """About `most` products, evenly spread over the catalog's order."""
        return list(self.items[:: max(1, len(self.items) // most)])

    def subset(self, items: Iterable[EncodedProduct]) -> EncodedCatalog:
        """The catalog with these products alone, as if there were no others and no rejects."""
        found = list(items)
        return dataclasses.replace(self, items=found, rejects=(), warnings=(), rows=len(found), encoded=0)

    def extended(self, items: Iterable[EncodedProduct]) -> EncodedCatalog:
        """The catalog with further products, whose features are in the cache too."""
        return dataclasses.replace(self, items=[*self.items, *items])


def blocks(items: Iterable[EncodedProduct], size: int = BLOCK) -> Iterator[Sequence[EncodedProduct]]:
    """Products, at most `size` at once."""
    left = iter(items)
    while block := list(islice(left, size)):
        yield block


def attribute_columns(items: Sequence[EncodedProduct], names: Iterable[str]) -> dict[str, NDArray[np.str_]]:
    """Column to array of n strings, see `learned_text`; empty where a product has no value.

    An array is as wide as its longest text: name no more columns than are looked at.
    """
    values = [item.product.values for item in items]
    return {name: np.array([learned_text(each.get(name, "")) for each in values], np.str_) for name in names}
