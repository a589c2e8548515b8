"""Files of a version that is searched, brought into the page cache before searches need them."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event, Thread

MOST = 2**32
"""Bytes that are read ahead: three million products. Beyond, most of it would not be asked for."""

BLOCK = 2**23
"""Bytes read at once; the thread waits for the interpreter after each."""

AT_ONCE = 0.5
"""Seconds after which the reading goes on in the background."""

ORDER = ("vector_storage", "vector_index", "values_to_points", "id_tracker", "payload_index", "payload_storage")
"""What a search reads, most pages first; of equal ones the smallest."""


class Warming:
    """Reads the files of a shard in the background, once, from the disk into the page cache.

    The engine drops the pages of a version when it is closed, and so every new process would read them one by one, in
    no order, while shoppers wait: at a million products the first 500 searches would take up to 30 ms instead of 6.
    Memory stays free: pages that were only read count to nobody, and go where others need the room.

    Args:
        shard: its folder.
    """

    def __init__(self, shard: Path) -> None:
        self._shard = shard
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Read for a moment, which is enough for vectors and graphs on most disks; the rest is read by a thread.

        Searches hold the interpreter while they run: beside them a thread is slow, and would come too late for most.
        """
        if self._thread is None:
            reading, until = self._read(self._files()), time.perf_counter() + AT_ONCE
            while time.perf_counter() < until and next(reading, None) is not None:
                pass
            self._thread = Thread(target=lambda: deque(reading, 0), name="warming", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Read no further."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until everything is read."""
        if self._thread is not None:
            self._thread.join()

    def _read(self, files: Iterable[Path]) -> Iterator[int]:
        """Read; gives the bytes of each block."""
        buffer, left = bytearray(BLOCK), MOST
        for path in files:
            if self._stopped.is_set() or left <= 0:
                return
            try:
                with path.open("rb", buffering=0) as file:
                    while not self._stopped.is_set() and left > 0 and (read := file.readinto(buffer)):
                        left -= read
                        yield read
            except OSError:
                # Whatever is wrong with it, a search tells better.
                continue

    def _files(self) -> list[Path]:
        found = [Path(folder, name) for folder, _, names in os.walk(self._shard) for name in names]
        return sorted(found, key=self._place)

    def _place(self, path: Path) -> tuple[int, int]:
        name = str(path.relative_to(self._shard))
        part = next((at for at, part in enumerate(ORDER) if part in name), len(ORDER))
        try:
            return part, path.stat().st_size
        except OSError:
            return part, 0
