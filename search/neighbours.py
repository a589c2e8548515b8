"""The neighbours of every product, for pages and mails that are made once and read often."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from likewise.ingest.index import Hit

from .asking.options import SearchOptions
from .client import SearchClient

BATCH = 256
"""Products that are searched for in one call to the store."""


def all_neighbours(client: SearchClient, options: SearchOptions) -> Iterator[list[tuple[str, list[Hit]]]]:
    """Each product's id with its hits, best first, some hundred at once; in the store's order.

    Memory stays bounded whatever the number of products.

    Args:
        client: of the index.
        options: how to search for each of them.
    """
    ids = client.ids()
    while block := list(islice(ids, BATCH)):
        yield list(zip(block, client.similar_batch(block, options=options), strict=True))
