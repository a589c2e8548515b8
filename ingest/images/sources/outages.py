"""Hosts that do not answer are left alone for a while: the rest of a run does not wait for each of their pictures."""

from __future__ import annotations

import threading
import time


class Outages:
    """Counts the failures of hosts.

    Args:
        most: addresses of a host that fail one after the other until it counts as out.
        rest: seconds for which it is left alone; after them one address is tried.
    """

    def __init__(self, most: int = 8, rest: float = 60.0) -> None:
        self._most = most
        self._rest = rest
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def is_out(self, host: str) -> bool:
        """Whether a host is left alone; where the time is over, the caller is the one that tries."""
        with self._lock:
            now = time.monotonic()
            if self._failures.get(host, 0) < self._most:
                return False
            if now < self._until[host]:
                return True
            self._until[host] = now + self._rest
            return False

    def failed(self, host: str) -> None:
        """An address of the host failed, after all its attempts."""
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            self._until[host] = time.monotonic() + self._rest

    def answered(self, host: str) -> None:
        """The host answers."""
        if host in self._failures:
            with self._lock:
                self._failures.pop(host, None)
