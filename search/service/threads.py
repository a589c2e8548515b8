"""Where the service's blocking work is done: each kind has threads of its own, so that none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The threads of a service.

    A request that is given up does not wait for its thread, which ends what it does.
    """

    def __init__(self) -> None:
        self._search = _pool("search", 32)
        self._alone = _pool("alone", 1)
        # One picture is decoded while another is; more would only take memory.
        self._decode = _pool("decode", 2)
        self._fetch = _pool("fetch", 4)
        self._thumbnail = _pool("thumbnail", 2)
        self.encoding: Executor = _pool("encode", 1)

    async def search(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask a store."""
        return await _run(self._search, work, *args, **kwargs)

    async def alone(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask a store for something long, one after the other: searches keep the other threads."""
        return await _run(self._alone, work, *args, **kwargs)

    async def decode(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Decode a visitor's picture."""
        return await _run(self._decode, work, *args, **kwargs)

    async def fetch(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Wait for another host."""
        return await _run(self._fetch, work, *args, **kwargs)

    async def thumbnail(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a picture of a product small."""
        return await _run(self._thumbnail, work, *args, **kwargs)

    def close(self) -> None:
        """End what waits; what runs ends by itself."""
        for pool in (self._search, self._alone, self._decode, self._fetch, self._thumbnail, self.encoding):
            pool.shutdown(wait=False, cancel_futures=True)


def _pool(name: str, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=name)


async def _run(pool: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: work(*args, **kwargs))
