"""An end for a run: it stops where stopping costs nothing, and never between judging and publishing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from likewise.ingest.errors import TimeUpError
from likewise.ingest.progress import Advance, Progress

TO_THE_END = ("judge",)
"""Stages that are not stopped: what is judged is about to be published, and takes little time."""


class Deadline:
    """Passes the stages of a run on to another reporter, and ends them when the time is up.

    A run that is killed at any moment leaves its index whole, and so does one that is ended here: an alarm of the
    operating system interrupts also a stage that reports nothing, such as a fit, as soon as Python has its turn. Where
    there are no alarms, a stage ends at its next report.

    Args:
        reporter: the other one.
        seconds: from entering the block to its end; None for no end.

    Raises:
        TimeUpError: out of the stage under way, or of the next one.
    """

    def __init__(self, reporter: Progress, seconds: float | None) -> None:
        self._reporter = reporter
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self._up = threading.Event()
        self._stage = ""

    def __enter__(self) -> Self:
        if self._seconds is None:
            return self
        if hasattr(signal, "setitimer"):
            self._before = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        else:
            self._timer = threading.Timer(self._seconds, self._up.set)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        elif self._seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """As the other reporter does, until the time is up."""
        if title in TO_THE_END:
            with self._reporter.stage(title, total) as advance:
                yield advance
            return
        self._check(title)
        with self._reporter.stage(title, total) as advance:

            def checked(units: int) -> None:
                advance(units)
                self._check(title)

            self._stage = title
            try:
                yield checked
            finally:
                self._stage = ""

    def _ring(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        self._up.set()
        if self._stage:
            self._check(self._stage)

    def _check(self, title: str) -> None:
        if self._up.is_set():
            # Cleaning up is not interrupted once more.
            self._stage = ""
            raise TimeUpError(
                f"Stopped after {self._seconds:g} s (--max-time), at: {title}. Searches stay as they were, and what "
                "was encoded is kept. Run the same command again to go on."
            )
