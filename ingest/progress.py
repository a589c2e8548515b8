"""How long work reports itself; the command line draws it, a library call stays silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Receives the stages of a job."""

    def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Enter a stage of `total` units (None: unknown); the value is called with the units just done."""


class Silent:
    """Reports nothing."""

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's
        """Accept and forget."""
        yield lambda done: None  # noqa: ARG005
