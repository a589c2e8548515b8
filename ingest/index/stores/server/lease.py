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
from contextlib import contextmanager, suppress
from typing import Any

from qdrant_client import QdrantClient, models

from ....errors import StoreBusyError, StoreError
from .index_files import IndexFiles, point_of

RELEASE_PATIENCE = 5.0
"""Seconds to wait for a server that is away before a lease is left to end by itself."""

POLL = 1.0
"""Seconds between two attempts at a lease that somebody else has."""


class Lease:
    """An exclusive right on an index, such as to write or to publish.

    Clocks of machines that share an index may differ by a fraction of the lease's length, not more.

    Args:
        index_files: the collection that holds the lease's point.
        purpose: leases of different purposes know nothing of each other.

    Attributes:
        timeout: seconds to wait for another process that has it.
    """

    def __init__(self, index_files: IndexFiles, purpose: str) -> None:
        self._index_files = index_files
        self._purpose = purpose
        self._point = point_of(f"lease/{purpose}")
        self._seconds = index_files.connection.options.lease
        self.timeout = 0.0
        self._token = ""
        self._valid_until = 0.0
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None
        self._held = False
        self._brief = min(index_files.connection.options.patience, RELEASE_PATIENCE)

    def verify(self) -> None:
        """`check`, where the lease is held at all."""
        if self._held:
            self.check()

    def acquire(self) -> None:
        """Take the lease, waiting for it at most `self.timeout` seconds.

        Raises:
            StoreBusyError: another process, or another writer of this one, has it; says which, and for how long
                at most.
        """
        if self._held:
            raise StoreBusyError(f"This process is already writing to {self._index_files.connection.where}.")
        self._index_files.create()
        self._token = uuid.uuid4().hex
        deadline = time.monotonic() + self.timeout
        try:
            holder = self._claim()
            while holder.get("holder") != self._token and time.monotonic() < deadline:
                time.sleep(min(POLL, max(0.0, deadline - time.monotonic())))
                holder = self._claim()
        except BaseException:
            # The claim may have arrived although its answer did not.
            self._give_back()
            raise
        if holder.get("holder") != self._token:
            left = max(0.0, float(holder.get("expires", 0.0)) - time.time())
            raise StoreBusyError(
                f"Another process ({holder.get('who', 'unknown')}) is writing to {self._index_files.connection.where} "
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
                f"The lock on {self._index_files.connection.where} was lost while the server could not be reached. "
                "Nothing was published; run the same command again."
            )

    def release(self) -> None:
        """Give the lease back, within seconds; harmless when it is not held."""
        if not self._held:
            return
        self._held = False
        self._stop.set()
        if self._keeper is not None:
            # It may be waiting for a server that is away; what it still sends is refused, once this is given back.
            self._keeper.join(self._brief)
        self._give_back()

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
                holder = self._renew()
            except StoreError:
                # Tried again at the next turn; `check` knows when it is too late.
                continue
            if holder.get("holder") != self._token:
                # Somebody had it in between, whether or not it is free again: what we knew may have changed.
                self._valid_until = 0.0
                return

    def _claim(self) -> dict[str, Any]:
        """Take what is free; returns what stands there afterwards."""
        expired = models.FieldCondition(key="expires", range=models.Range(lt=time.time()))
        return self._hold(models.Filter(should=[expired, self._ours()]), self._index_files.connection.options.patience)

    def _renew(self) -> dict[str, Any]:
        """Keep what is ours, but never take what was lost."""
        return self._hold(models.Filter(must=self._ours()), self._seconds / 4)

    def _hold(self, where: models.Filter, patience: float) -> dict[str, Any]:
        began = time.monotonic()
        who = f"pid {os.getpid()} on {platform.node() or 'an unnamed machine'}"
        self._write({"holder": self._token, "expires": time.time() + self._seconds, "who": who}, where, patience)
        holder = self._index_files.agreed(self._point, patience) or {}
        if holder.get("holder") == self._token:
            self._valid_until = began + self._seconds
        return holder

    def _give_back(self) -> None:
        # Under no name, so that a renewal that is still on its way finds nothing to renew.
        with suppress(StoreError):
            self._write({"holder": "", "expires": 0.0}, models.Filter(must=self._ours()), self._brief)

    def _ours(self) -> models.FieldCondition:
        return models.FieldCondition(key="holder", match=models.MatchValue(value=self._token))

    def _write(self, payload: dict[str, Any], where: models.Filter, patience: float) -> None:
        claim = models.PointStruct(id=self._point, vector={}, payload=payload)

        def write(client: QdrantClient) -> None:
            client.upsert(
                self._index_files.collection,
                [claim],
                wait=True,
                # Not strong: that waits for one certain node, which may be the one that is down.
                ordering=models.WriteOrdering.MEDIUM,
                update_filter=where,
            )

        self._index_files.connection.write(write, patience=patience, right=f"write to {self._index_files.collection}")
