"""Pictures that are elsewhere, through the cache: who fetches them, and what is used when nobody answers.

A picture is asked for once a run; what has not changed is not sent again. Where a server does not answer (a failure of
the network, 429, 5xx), the copy in the cache stands in, so that a catalog survives a bad night of its CDN. Where a
server says that there is no such picture (404, 410), or refuses it (401, 403, …), the picture is rejected, and in the
first case its copy forgotten.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future

from ...errors import ImageError
from .answers import Fetcher, Validators, may_pass
from .kept import Entry, KeptPictures

_REMEMBERED = 8192
_FORGET = 300.0
"""Seconds after which what failed is tried again: a service that shows thumbnails lives for long."""


class Remote:
    """Reads pictures through the cache, each fetched once although several threads ask.

    Args:
        fetcher: gets what the cache lacks.
        kept: the cache.
        fresh_since: time of the start of the run; what was checked since is not asked for again.
        max_age: nor is what was checked less than this many seconds ago.
    """

    def __init__(self, fetcher: Fetcher, kept: KeptPictures, *, fresh_since: float, max_age: float) -> None:
        self._fetcher = fetcher
        self._kept = kept
        self._fresh_since = fresh_since
        self._max_age = max_age
        self._lock = threading.Lock()
        self._running: dict[str, Future[Entry]] = {}
        self._settled: OrderedDict[str, tuple[float, Entry | ImageError]] = OrderedDict()
        self.stale = 0
        """Pictures for which the copy in the cache stood in."""

    def read(self, ref: str) -> bytes:
        """The bytes of a picture.

        Raises:
            ImageError: they cannot be had.
            StoreError: the cache cannot be written.
        """
        for _ in range(3):
            data = self._kept.read(self.ensure(ref).content)
            if data is not None:
                return data
            # A prune was faster: as if it had never been fetched.
            self._kept.forget(ref)
            with self._lock:
                self._settled.pop(ref, None)
        raise ImageError("unreadable", f"the copy in {self._kept.folder} disappears as soon as it is written")

    def ensure(self, ref: str) -> Entry:
        """Bring a picture into the cache.

        Raises:
            ImageError: it cannot be had.
            StoreError: the cache cannot be written.
        """
        entry = self._kept.entry(ref)
        if entry and self._is_fresh(entry) and self._kept.has(entry.content):
            return entry
        with self._lock:
            settled = self._settled.get(ref)
            if settled and time.monotonic() - settled[0] < _FORGET:
                return _result(settled[1])
            running = self._running.get(ref)
            mine = running is None
            if running is None:
                running = self._running[ref] = Future()
        if not mine:
            return running.result()
        try:
            entry = self._fetch(ref, entry)
        except BaseException as error:
            running.set_exception(error)
            raise
        else:
            running.set_result(entry)
            return entry
        finally:
            with self._lock:
                del self._running[ref]

    def _fetch(self, ref: str, entry: Entry | None) -> Entry:
        if entry and self._kept.read(entry.content) is None:
            entry = None
        try:
            answer = self._fetcher.fetch(ref, entry.validators if entry else Validators())
        except ImageError as error:
            return self._without_answer(ref, entry, error)
        if answer.data is not None:
            return self._kept.keep(ref, answer.data, answer.validators)
        if entry is None:
            raise ImageError("unreachable", "the answer is that nothing has changed, although nothing was known")
        return self._kept.note(ref, entry.content, entry.validators)

    def _without_answer(self, ref: str, entry: Entry | None, error: ImageError) -> Entry:
        settled: Entry | ImageError = entry if entry and may_pass(error) else error
        with self._lock:
            self._settled[ref] = time.monotonic(), settled
            while len(self._settled) > _REMEMBERED:
                self._settled.popitem(last=False)
            self.stale += isinstance(settled, Entry)
        if error.reason == "not-found":
            self._kept.forget(ref)
        return _result(settled)

    def _is_fresh(self, entry: Entry) -> bool:
        return entry.checked >= self._fresh_since or time.time() - entry.checked < self._max_age


def _result(settled: Entry | ImageError) -> Entry:
    if isinstance(settled, Entry):
        return settled
    # A new one each time: an error that is raised again collects the tracebacks of all threads.
    raise ImageError(settled.reason, settled.detail)
