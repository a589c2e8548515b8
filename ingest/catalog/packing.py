"""Products and rejects as plain values, for long lists of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..images import Picture, PictureSource
from ..spool import Spool
from .product import Product, Reject


class PackedProducts:
    """Packs products; what reads their pictures is not packed, but remembered."""

    def __init__(self) -> None:
        self._sources: list[PictureSource] = []

    def pack(self, product: Product) -> Any:  # noqa: ANN401 - see `Packing`
        """Id, pictures, values and row."""
        return product.id, tuple(map(self._picture, product.pictures)), dict(product.values), product.row

    def unpack(self, packed: Any) -> Product:  # noqa: ANN401
        """The product."""
        product_id, pictures, values, row = packed
        return Product(product_id, tuple(Picture(ref, self._sources[at]) for ref, at in pictures), values, row)

    def _picture(self, picture: Picture) -> tuple[str, int]:
        for at, source in enumerate(self._sources):
            if source is picture.source:
                return picture.ref, at
        self._sources.append(picture.source)
        return picture.ref, len(self._sources) - 1


class PackedRejects:
    """Packs rejects."""

    def pack(self, reject: Reject) -> Any:  # noqa: ANN401 - see `Packing`
        """Its attributes."""
        return reject.id, reject.reason, reject.detail, reject.file, reject.row

    def unpack(self, packed: Any) -> Reject:  # noqa: ANN401
        """The reject."""
        return Reject(*packed)


def spool_products(products: Iterable[Product] = ()) -> Spool[Product]:
    """A long list of products."""
    return Spool(PackedProducts(), products)


def spool_rejects(rejects: Iterable[Reject] = ()) -> Spool[Reject]:
    """A long list of rejects or warnings."""
    return Spool(PackedRejects(), rejects)
