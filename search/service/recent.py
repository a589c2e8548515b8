"""What was made lately, by what it was made of, within a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_ENTRY = 400
"""Bytes of the objects around an entry."""


class Recent(Generic[K]):
    """Keeps contents until their bytes are too many; those that were asked for longest ago go first.

    Any number of threads may ask.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes that all of it takes, about."""
        return self._size

    def get(self, key: K) -> bytes | None:
        """What was made of this; None where it is not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: K, content: bytes) -> None:
        """Keep what was made."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += _weight(key, content) - (0 if before is None else _weight(key, before))
            self._kept[key] = content
            while self._size > self._most:
                self._size -= _weight(*self._kept.popitem(last=False))

    def clear(self) -> None:
        """Keep nothing of it."""
        with self._lock:
            self._kept.clear()
            self._size = 0


def _weight(key: Hashable, content: bytes) -> int:
    """Bytes that an entry takes: what it was made of may be longer than what was made."""
    return len(content) + len(repr(key)) + _ENTRY
