"""Products by their ids and by conditions, without any likeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.catalog import Payloads
from likewise.ingest.errors import NotFoundError
from likewise.ingest.index import Manifest, Reader, Record, meets
from likewise.ingest.index.filters import EVERYTHING, Filter, Scalar, both

from .catalog_map import CatalogMap, draw
from .filtering.facets import BINS, Bin, facets, histogram
from .filtering.filters import Where, parse_where


class Lookup:
    """Looks products up in one version of an index.

    Args:
        reader: an opened version.
        always: what products meet to be found at all, whatever is asked; for all others there is no product.

    Attributes:
        payloads: reads what is ours in a payload: ids, pictures, clusters.

    Raises:
        ParameterError: `always` is no filter of this index.
    """

    def __init__(self, reader: Reader, *, always: Where | None = None) -> None:
        self._reader = reader
        self._always = parse_where(always, reader.manifest.schema)
        self.payloads = Payloads(reader.manifest.schema)

    @property
    def manifest(self) -> Manifest:
        """What built the version that is read."""
        return self._reader.manifest

    def get(self, product_id: str) -> dict[str, Any]:
        """The payload of a product.

        Raises:
            NotFoundError: no such product in the index.
        """
        return self.get_batch([product_id])[0]

    def get_batch(self, product_ids: Sequence[str]) -> list[dict[str, Any]]:
        """`get` for several products in one call to the store."""
        return [record.payload for record in self._records(product_ids)]

    def vector(self, product_id: str) -> Float:
        """The index vector float32[d] of a product's main picture."""
        vector = self._records([product_id], with_vector=True)[0].vector
        return np.atleast_2d(np.asarray(vector))[0, : self.manifest.index_dim]

    def count(self, where: Where | None = None) -> int:
        """Number of products that meet the conditions."""
        return self._reader.count(self._admitted(where))

    def facets(self, column: str, where: Where | None = None) -> dict[Scalar, int]:
        """Value of an indexed column to the number of products that have it, the most frequent first.

        A column of lists counts by their members.

        Raises:
            ParameterError: a column without an index, or of numbers or times, for which there is `histogram`.
        """
        return facets(self._reader, column, self._admitted(where), self.manifest.schema)

    def histogram(self, column: str, where: Where | None = None, *, bins: int | Sequence[Any] = BINS) -> list[Bin]:
        """Numbers of products by ranges of an indexed column of numbers, dates or times.

        Args:
            column: its name.
            where: which products count.
            bins: about how many, at round values; or their edges.

        Raises:
            ParameterError: a column without an index or without an order, or edges that do not rise.
        """
        return histogram(self._reader, column, self._admitted(where), self.manifest.schema, bins)

    def products(self, where: Where | None = None) -> list[dict[str, Any]]:
        """Payloads of all products that meet the conditions."""
        return [record.payload for record in self._reader.scroll(self._admitted(where))]

    def ids(self, where: Where | None = None) -> Iterator[str]:
        """The ids of all products that meet the conditions, one by one, in the store's order."""
        return (record.id for record in self._reader.scroll(self._admitted(where)))

    def map(self, where: Where | None = None) -> CatalogMap:
        """Where the products that meet the conditions lie on the map that was drawn with the index.

        Every product is read once: seconds for some hundred thousand.
        """
        return draw(self._reader, self._admitted(where), self.manifest.index_dim)

    @property
    def _elsewhere(self) -> str:
        # Where only some are to be found, their number is no one's business.
        return (
            f" ({self.manifest.products} products); `likewise ingest` the catalog that has it."
            if self._always == EVERYTHING
            else "."
        )

    def _admitted(self, where: Where | None) -> Filter:
        return both(parse_where(where, self.manifest.schema), self._always)

    def _records(self, product_ids: Sequence[str], *, with_vector: bool = False) -> list[Record]:
        records = self._reader.retrieve(product_ids, with_vector=with_vector)
        for product_id, record in zip(product_ids, records, strict=True):
            if record is None or not meets(record.payload, self._always):
                raise NotFoundError(
                    f"There is no product {product_id!r} in version {self.manifest.version}{self._elsewhere}"
                )
        return [record for record in records if record is not None]
