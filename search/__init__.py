"""From a query to hits.

    from likewise.search import SearchClient

    client = SearchClient.open("index/")
    client.similar("15970", k=6)

An index and a query (a product's id, a picture, a vector) come in; hits, best first, go out. A query walks the same
rooms as a catalog's picture: its bytes become pixels, features and an index vector, which a plan turns into requests
to the store. Applications use the client, and `likewise search`, `likewise serve` and the evaluation stand on it.
"""

from typing import TYPE_CHECKING

import lazy_loader

from likewise.ingest.errors import (
    ImageError,
    IncompatibleError,
    LikewiseError,
    NotFoundError,
    ParameterError,
    StoreError,
    WeightsError,
)

if TYPE_CHECKING:
    from .asking.options import SearchOptions
    from .async_client import AsyncSearchClient
    from .catalog_map import CatalogMap
    from .client import SearchClient
    from .describe import Description
    from .filtering.filters import Not
    from .hits import Hit, Hits
    from .ordering.boosts import Boost
    from .ordering.rules import Rules
    from .showing.frames import to_frame

# Nothing is imported before it is used: an application that catches an error need not wait for numpy.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "async_client": ["AsyncSearchClient"],
        "ordering.boosts": ["Boost"],
        "catalog_map": ["CatalogMap"],
        "client": ["SearchClient"],
        "describe": ["Description"],
        "filtering.filters": ["Not"],
        "showing.frames": ["to_frame"],
        "hits": ["Hit", "Hits"],
        "asking.options": ["SearchOptions"],
        "ordering.rules": ["Rules"],
    },
)

__all__ = [
    "AsyncSearchClient",
    "Boost",
    "CatalogMap",
    "Description",
    "Hit",
    "Hits",
    "ImageError",
    "IncompatibleError",
    "LikewiseError",
    "Not",
    "NotFoundError",
    "ParameterError",
    "Rules",
    "SearchClient",
    "SearchOptions",
    "StoreError",
    "WeightsError",
    "to_frame",
]
