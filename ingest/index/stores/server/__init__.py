"""The server store: versions of an index as collections of a Qdrant server or cluster.

For an index `shop`:

shop.v000001   a version: points, payload indexes, and in its metadata the manifest and the list of its files
shop           an alias: the current version; switched atomically
shop.index     what belongs to no single version: the publish history, the lease of the one that writes,
               and the files (model, rejects), in pieces

A URL and a key are all that a client needs, also for searches by image.
"""

from .address import is_url
from .connection import Connection
from .options import ServerOptions
from .store import ServerStore

__all__ = ["Connection", "ServerOptions", "ServerStore", "is_url"]
