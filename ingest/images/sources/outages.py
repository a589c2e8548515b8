"""Hosts that have not answered for long are left alone: the rest of a run does not wait for each of their pictures."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(slots=True)
class _Streak:
    """Failures of a host one after the other, since when, and when it is to be tried again."""

    failures: int
    since: float
    next: float


class Outages:
    """Counts the failures of hosts.

    Args:
        most: addresses of a host that fail one after the other until it counts as out,
        patience: and for how many seconds they must have done so: what has no copy in the cache is lost from then on.
        rest: seconds for which the host is left alone; after them one address is tried.
    """

    def __init__(self, most: int = 8, patience: float = 60.0, rest: float = 30.0) -> None:
        self._most = most
        self._patience = patience
        self._rest = rest
        self._lock = threading.Lock()
        self._streaks: dict[str, _Streak] = {}

    def is_out(self, host: str) -> bool:
        """Whether a host is left alone; where the time is over, the caller is the one that tries."""
        with self._lock:
            streak, now = self._streaks.get(host), time.monotonic()
            if streak is None or streak.failures < self._most or now - streak.since < self._patience:
                return False
            if now < streak.next:
                return True
            streak.next = now + self._rest
            return False

    def failed(self, host: str) -> None:
        """An address of the host failed, after all its attempts."""
        with self._lock:
            now = time.monotonic()
            streak = self._streaks.setdefault(host, _Streak(0, now, now))
            streak.failures += 1
            streak.next = now + self._rest

    def answered(self, host: str) -> None:
        """The host answers."""
        with self._lock:
            self._streaks.pop(host, None)
