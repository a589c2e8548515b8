"""Uploads from other processes into a version that is being built."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from ....errors import StoreError
from ..points import Point
from . import qdrant_requests
from .address import Address
from .connection import Connection
from .edits import edits
from .options import ServerOptions
from .view import View


@dataclass(frozen=True, slots=True)
class ServerSink:
    """Writes points into a version's collection; can be pickled.

    The API key does not travel along: the process that uploads reads it from its own environment, `LIKEWISE_API_KEY`
    or `LIKEWISE_API_KEY_FILE`.

    Attributes:
        address: of the index.
        collection: of the version.
        options: of the connection, without its key.
        view: of the version; without a number where it has its collection to itself.
    """

    address: Address
    collection: str
    options: ServerOptions
    view: View

    @classmethod
    def of(cls, connection: Connection, collection: str, view: View) -> Self:
        """A sink that reaches the same server.

        Raises:
            StoreError: the connection is one of this process alone.
        """
        if connection.address is None:
            raise StoreError(f"{connection.where} is not a server that another process could reach.")
        return cls(connection.address, collection, dataclasses.replace(connection.options, api_key=None), view)

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points; they have arrived when this returns.

        Raises:
            StoreError: refused, or the server did not come back in time.
        """
        changes = edits(_connection(self.address, self.options), self.collection, self.view)
        for batch in qdrant_requests.batches(points, self.options.batch):
            changes.upsert(batch)


@cache
def _connection(address: Address, options: ServerOptions) -> Connection:
    """One connection a process, however many blocks it uploads."""
    return Connection.open(address, dataclasses.replace(options, api_key=ServerOptions.from_environment().api_key))
