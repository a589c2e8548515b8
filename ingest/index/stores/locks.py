"""Exclusive locks on files, which die with their process: the operating system releases them, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import StoreBusyError, StoreError

if TYPE_CHECKING:
    from filelock import FileLock

POLL = 0.2
"""Seconds between two attempts."""


class Lock:
    """An exclusive lock; two objects for one path exclude each other within one process too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # In a file of its own: on Windows nobody else can read a file that is locked.
        self._holder = path.with_name(f"{path.name}.pid")
        self._lock: FileLock | None = None

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the lock, waiting for it at most `timeout` seconds.

        Raises:
            StoreBusyError: another process (or another writer of this one) holds it.
            StoreError: the lock file cannot be opened.
        """
        # A process that only searches locks nothing.
        from filelock import FileLock, Timeout

        # A fresh object every time: one that is held already would let its own process in once more.
        lock = FileLock(self._path, thread_local=False)
        try:
            lock.acquire(timeout=timeout, poll_interval=POLL)
            self._holder.write_text(f"{os.getpid()}\n", "ascii")
        except Timeout:
            raise StoreBusyError(
                f"Another process (pid {self._pid()}) is writing to {self._path.parent}. "
                "Wait for it to end, then run the same command again."
            ) from None
        except (OSError, NotImplementedError) as error:
            lock.release()
            raise StoreError(f"{self._path} cannot be locked: {error}. May this user write there?") from error
        self._lock = lock

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextmanager
    def held(self, timeout: float = 0.0) -> Iterator[None]:
        """The lock for the length of a block, waited for at most `timeout` seconds."""
        self.acquire(timeout)
        try:
            yield
        finally:
            self.release()

    def _pid(self) -> str:
        try:
            return self._holder.read_text("ascii").strip() or "unknown"
        except (OSError, UnicodeDecodeError):
            return "unknown"
