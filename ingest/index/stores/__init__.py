"""Where the versions of an index live: a folder, or a Qdrant server.

Points, a manifest and a model come in; a version that can be opened, published and rolled back goes out. The builder
of versions writes through a store, searches read through it, and `open_store` finds the one at an address.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .base import Candidate, Reader, Sink, Store, VersionInfo, Writer
from .points import Examples, Hit, Point, Query, Record, Strategy

if TYPE_CHECKING:
    from .server import ServerOptions

__all__ = [
    "Candidate",
    "Examples",
    "Hit",
    "Point",
    "Query",
    "Reader",
    "Record",
    "Sink",
    "Store",
    "Strategy",
    "VersionInfo",
    "Writer",
    "open_store",
]


def open_store(
    address: str | Path, *, create: bool = False, patient: bool = False, options: ServerOptions | None = None
) -> Store:
    """The store at an address: a folder (made when `create`), or `http(s)://HOST:PORT/NAME`.

    Args:
        address: where the index lives.
        create: make a missing folder.
        patient: for a job that writes: also reads wait as long as writes for a server that is away.
        options: for a server; by default from the environment.

    Raises:
        StoreError: no such folder.
        ParameterError: a server's address that is none.
    """
    # Each store is imported when it is used: qdrant-client takes longer to import than a search takes.
    if "://" in str(address):
        from .server import ServerStore

        return ServerStore.connect(str(address), options, patient=patient)
    from .embedded import EmbeddedStore

    return EmbeddedStore(Path(address), create=create)
