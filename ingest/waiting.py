"""Waiting for the right to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from .job import Job
from .progress import Progress


@contextmanager
def exclusive(job: Job, progress: Progress) -> Iterator[None]:
    """Nobody else's run, waited for as long as the rules say.

    Raises:
        StoreBusyError: another run has not ended by then.
    """
    timeout = job.rules.lock_timeout
    with ExitStack() as held:
        with progress.stage("wait for the lock") if timeout else nullcontext():
            held.enter_context(job.store.exclusive(timeout))
        yield
