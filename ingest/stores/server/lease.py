"""The lock of an index on a server: a lease, kept alive by a thread, that ends by itself when its process dies.

Qdrant has no locks, but it has conditional updates: the lease is a point that an upsert replaces only when it
has expired or is already ours, and who is written there holds it.
"""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qdrant_client import QdrantClient, models

from ...errors import StoreBusyError, StoreError
from .commons import Commons, point_of


class Lease:
    """An exclusive right on an index, such as to write or to publish.

    Clocks of machines that share an index may differ by a fraction of the lease's length, not more.

    Args:
        commons: the collection that holds the lease's point.
        purpose: leases of different purposes know nothing of each other.
    """

    def __init__(self, commons: Commons, purpose: str) -> None:
        self._commons = commons
        self._purpose = purpose
        self._point = point_of(f"lease/{purpose}")
        self._seconds = commons.connection.options.lease
        self._token = ""
        self._valid_until = 0.0
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None
        self._held = False

    def acquire(self) -> None:
        """Take the lease.

        Raises:
            StoreBusyError: another process, or another writer of this one, has it; says which, and for how long
                at most.
        """
        if self._held:
            raise StoreBusyError(f"This process is already writing to {self._commons.connection.where}.")
        self._commons.create()
        self._token = uuid.uuid4().hex
        holder = self._write(time.time() + self._seconds)
        if holder.get("holder") != self._token:
            left = max(0.0, float(holder.get("expires", 0.0)) - time.time())
            raise StoreBusyError(
                f"Another process ({holder.get('who', 'unknown')}) is writing to {self._commons.connection.where} "
                f"({self._purpose}). "
                f"Wait for it to end; if it died, its lock ends in {left:.0f} s."
            )
        self._held = True
        self._stop.clear()
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._keeper.start()

    def check(self) -> None:
        """Make sure that the lease is still ours before something becomes visible.

        Raises:
            StoreBusyError: it ended while the server could not be reached; another process may be writing.
        """
        if time.monotonic() > self._valid_until:
            raise StoreBusyError(
                f"The lock on {self._commons.connection.where} was lost while the server could not be reached. "
                "Nothing was published; run the same command again."
            )

    def release(self) -> None:
        """Give the lease back; harmless when it is not held."""
        if not self._held:
            return
        self._held = False
        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
        try:
            self._write(0.0)
        except StoreError:
            # The server is away: the lease ends by itself.
            return

    @contextmanager
    def held(self) -> Iterator[None]:
        """The lease for the length of a block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def _keep(self) -> None:
        while not self._stop.wait(self._seconds / 4):
            try:
                self._write(time.time() + self._seconds)
            except StoreError:
                # Tried again at the next turn; `check` knows when it is too late.
                continue

    def _write(self, expires: float) -> dict[str, Any]:
        """Write our claim where it may be written; returns what stands there afterwards."""
        began = time.monotonic()
        who = f"pid {os.getpid()} on {platform.node() or 'an unnamed machine'}"
        claim = models.PointStruct(
            id=self._point, vector={}, payload={"holder": self._token, "expires": expires, "who": who}
        )
        free = models.Filter(
            should=[
                models.FieldCondition(key="expires", range=models.Range(lt=time.time())),
                models.FieldCondition(key="holder", match=models.MatchValue(value=self._token)),
            ]
        )

        def write(client: QdrantClient) -> None:
            client.upsert(
                self._commons.collection,
                [claim],
                wait=True,
                ordering=models.WriteOrdering.STRONG,
                update_filter=free,
            )

        self._commons.connection.write(write)
        holder = self._commons.get(self._point) or {}
        if holder.get("holder") == self._token and expires:
            self._valid_until = began + self._seconds
        return holder
