"""All products of an index on a map, where those that look alike lie near each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.errors import StoreError
from likewise.ingest.index import Filter, Reader, Record
from likewise.ingest.model import MAP_FILE, ProductMap

from .asking.questions import main_vector

BLOCK = 2000
"""Products that are placed at once."""

SAMPLE = 5000
"""Products by which a map is drawn for an index that has none."""


@dataclass(frozen=True, slots=True)
class CatalogMap:
    """Where products lie.

    Attributes:
        ids: of the products, in the store's order.
        places: float32[n, 2] in the unit square.
        method: how it was drawn: `tsne`, or `pca` for few products and for indexes of earlier releases.
    """

    ids: list[str]
    places: Float
    method: str


def draw(reader: Reader, where: Filter, index_dim: int) -> CatalogMap:
    """The map of the products that a filter admits; memory for a place and an id of each.

    Args:
        reader: of the index.
        where: which products are shown; the places of these do not depend on it.
        index_dim: width of the index vectors.

    Raises:
        StoreError: the index's map is damaged.
    """
    drawn = _kept(reader, index_dim)
    ids: list[str] = []
    places = [np.zeros((0, 2), np.float32)]
    for block in _blocks(reader.scroll(where, with_vector=True)):
        ids += [record.id for record in block]
        places.append(drawn.place(_vectors(block, index_dim)))
    return CatalogMap(ids, np.concatenate(places), drawn.method)


def _kept(reader: Reader, index_dim: int) -> ProductMap:
    if MAP_FILE in reader.attachments():
        drawn = ProductMap.from_bytes(reader.attachment(MAP_FILE))
        if drawn.landmarks.shape[1] != index_dim:
            raise StoreError(f"{MAP_FILE} is another index's; `likewise reindex CATALOG --refit always` makes it anew.")
        return drawn
    first = list(islice(reader.scroll(with_vector=True), SAMPLE))
    return ProductMap.fit(_vectors(first, index_dim), untangle=False)


def _blocks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while block := list(islice(records, BLOCK)):
        yield block


def _vectors(records: list[Record], index_dim: int) -> Float:
    return np.stack([main_vector(record)[:index_dim] for record in records])
