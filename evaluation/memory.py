"""How much memory a process took."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from types import TracebackType

EVERY = 0.02
"""Seconds between two looks at the memory."""


def peak_mib() -> float:
    """Peak resident memory of this process in MiB.

    On Linux from the kernel's own account of the process: `ru_maxrss` of a process that was started by a large one
    begins at the peak of its parent.
    """
    try:
        return _status("VmHWM")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def anonymous_mib() -> float:
    """Memory of this process in MiB that is its own: not pages of mapped files, which the kernel may take back.

    Raises:
        OSError: the system does not tell; Linux does.
    """
    return _status("RssAnon")


def resident_mib() -> float:
    """Memory of this process in MiB, pages of mapped files included.

    Raises:
        OSError: the system does not tell; Linux does.
    """
    return _status("VmRSS")


class AnonymousPeak:
    """The largest `anonymous_mib` while a block runs, seen by a thread that looks every 20 ms.

    Attributes:
        mib: the peak so far.
    """

    def __init__(self) -> None:
        self.mib = anonymous_mib()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> AnonymousPeak:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self._look()

    def _look(self) -> None:
        self.mib = max(self.mib, anonymous_mib())


def _status(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
