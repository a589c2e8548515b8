"""Fetching ahead of whoever reads: many pictures at once, in order, and never far ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def fetch_ahead(
    items: Iterable[T], jobs: Callable[[T], Sequence[Callable[[], None]]], *, threads: int, ahead: int
) -> Iterator[T]:
    """The same items in the same order, each when all of its jobs are done.

    Args:
        items: passed on; not read further than `ahead`.
        jobs: what is to be done for an item before it is passed on; nothing for one that needs nothing.
        threads: jobs at once.
        ahead: items whose jobs may have begun before they are asked for.
    """
    waiting: deque[tuple[T, list[Future[None]]]] = deque()
    # Its threads start with the first job: a catalog of files has none.
    with ThreadPoolExecutor(threads, thread_name_prefix="fetch") as pool:
        try:
            for item in items:
                waiting.append((item, [pool.submit(job) for job in jobs(item)]))
                while waiting and (len(waiting) >= ahead or not waiting[0][1]):
                    yield _done(waiting)
            while waiting:
                yield _done(waiting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _done(waiting: deque[tuple[T, list[Future[None]]]]) -> T:
    item, futures = waiting[0]
    for future in futures:
        future.result()
    waiting.popleft()
    return item
