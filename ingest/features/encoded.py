"""A catalog whose features are in the cache: what fitting, comparing and writing start from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..catalog import PackedProducts, Payloads, Product, Reject, Schema, learned_text
from ..encoders import EncoderSpec
from ..images import PictureSource
from ..spool import Chained, Picked, Spool
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


class PackedItems:
    """Packs encoded products for a `Spool`."""

    def __init__(self) -> None:
        self._products = PackedProducts()

    def pack(self, item: EncodedProduct) -> Any:  # noqa: ANN401 - see `Packing`
        """The product and the hashes."""
        return self._products.pack(item.product), item.contents

    def unpack(self, packed: Any) -> EncodedProduct:  # noqa: ANN401
        """The encoded product."""
        product, contents = packed
        return EncodedProduct(self._products.unpack(product), contents)


def spool_items(items: Iterable[EncodedProduct] = ()) -> Spool[EncodedProduct]:
    """A long list of encoded products."""
    return Spool(PackedItems(), items)


@dataclass(frozen=True, slots=True)
class EncodedCatalog:
    """The usable products of a catalog with their features, read block by block.

    Attributes:
        items: the products in the catalog's order; many of them lie on the disk.
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
        stale: number of pictures whose server did not answer, for which the copy of an earlier run stands in.
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
    stale: int = 0

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

    def digests(self, items: Iterable[EncodedProduct]) -> Iterator[bytes]:
        """16 bytes for each product that stand for its id, values and pictures."""
        payloads = self.payloads
        return (payloads.digest(payloads.make(item.product, item.contents, "")) for item in items)

    def found(self, ids: Collection[str]) -> dict[str, EncodedProduct]:
        """The products with these ids, in the order of the ids, by one pass over all."""
        wanted = set(ids)
        found = {item.product.id: item for item in self.items if item.product.id in wanted}
        return {name: found[name] for name in ids if name in found}

    def blocks(self, size: int = BLOCK) -> Iterator[Sequence[EncodedProduct]]:
        """All products, at most `size` at once."""
        return blocks(self.items, size)

    def sample(self, most: int, seed: int) -> list[EncodedProduct]:
        """At most `most` products, seeded, in the catalog's order; all of them when they are few enough."""
        if len(self.items) <= most:
            return list(self.items)
        chosen = np.random.default_rng(seed).choice(len(self.items), most, replace=False)
        return [self.items[at] for at in np.sort(chosen).tolist()]

    def spread(self, most: int) -> list[EncodedProduct]:
        """About `most` products, evenly spread over the catalog's order."""
        return list(self.items[:: max(1, len(self.items) // most)])

    def subset(self, items: Sequence[EncodedProduct]) -> EncodedCatalog:
        """The catalog with these products alone, as if there were no others and no rejects."""
        return dataclasses.replace(self, items=items, rejects=(), warnings=(), rows=len(items), encoded=0)

    def where(self, keep: Callable[[EncodedProduct], bool]) -> EncodedCatalog:
        """The subset of those products that `keep` says yes to."""
        return self.subset(Picked(self.items, (at for at, item in enumerate(self.items) if keep(item))))

    def extended(self, items: Sequence[EncodedProduct]) -> EncodedCatalog:
        """The catalog with further products, whose features are in the cache too."""
        return dataclasses.replace(self, items=Chained(self.items, items))


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
