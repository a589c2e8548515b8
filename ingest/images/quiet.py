"""Pillow's warnings, about odd metadata and sizes over our own bound, are none of our callers'."""

from __future__ import annotations

import threading
import warnings


class Quiet:
    """Ignores Pillow's warnings, about odd metadata and sizes over our own bound, while any thread decodes.

    `warnings.catch_warnings` swaps a list that all threads share: two that overlap would restore each
    other's, and the process would ignore warnings for ever after. So the first in sets, the last out restores.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._saved.__exit__(None, None, None)


QUIET = Quiet()
