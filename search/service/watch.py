"""Looks for another current version from time to time, for as long as the service answers."""

from __future__ import annotations

import threading

from .live_index import PATIENCE, LiveIndex


class Watch:
    """Follows the published version.

    It has a thread of its own, which the process does not wait for when it ends: a version may take minutes to open.

    Args:
        live: that follows.
        seconds: between two looks.
    """

    def __init__(self, live: LiveIndex, seconds: float) -> None:
        self._live = live
        self._seconds = seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin, with what searches by picture need, and go on until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End; what takes long is left behind."""
        self._end.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._end.is_set():
            self._live.refresh()
            if not self._end.is_set():
                self._live.load()
            self._end.wait(self._seconds)
