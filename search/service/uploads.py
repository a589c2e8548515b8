"""Pictures in the bodies of requests: how they arrive, how much memory they have, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from likewise.ingest.errors import ImageError

from .turns import aside, busy

MAX_BODY = 16 * 2**20
"""Bytes of a picture."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What the service gives to pictures on their way.

    Attributes:
        memory: bytes that all bodies may have together, whether they still arrive, wait, or are in work.
        waiting: whole pictures that wait for their turn; further ones are told to come back.
        working: pictures in work at once: two batches, one of which is decoded while the other is encoded.
        step: bytes that a sender has to deliver every `pause`.
        pause: in seconds.
        seconds: that a whole picture may take to arrive.
    """

    memory: int = 256 * 2**20
    waiting: int = 32
    working: int = 32
    step: int = 64 * 2**10
    pause: float = 10.0
    seconds: float = 60.0


class Uploads:
    """Bodies on their way.

    Senders hold no places, only the memory of what they have sent: slow ones, however many, keep nobody waiting.
    """

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._held = 0
        self._waiting = 0
        self._turns = asyncio.Semaphore(limits.working)

    @asynccontextmanager
    async def body(self, request: Request, most: int = MAX_BODY, what: str = "picture") -> AsyncIterator[bytes]:
        """The body of a request, for as long as it is its turn.

        Args:
            request: it has not been read.
            most: bytes that it may have.
            what: it is, for those who sent it.

        Raises:
            ImageError: it has more.
            HTTPException: it does not arrive in time (408), or too many others are on their way (503).
        """
        # Before the body is read: it would come for nothing.
        self._check_queue()
        body = bytearray()
        try:
            async with aside(request.scope):
                await self._read(request, body, most, what)
            self._check_queue()
            self._waiting += 1
            try:
                await self._turns.acquire()
            finally:
                self._waiting -= 1
            try:
                yield bytes(body)
            finally:
                self._turns.release()
        finally:
            self._held -= len(body)

    @contextmanager
    def held(self, size: int) -> Iterator[None]:
        """A block in which so many bytes are in memory that came by another way.

        Raises:
            HTTPException: all bodies together would have too many (503).
        """
        self._reserve(size)
        try:
            yield
        finally:
            self._held -= size

    async def _read(self, request: Request, body: bytearray, most: int, what: str) -> None:
        length = request.headers.get("content-length", "")
        too_large = ImageError("too-large", f"the {what} has more than {most:,} bytes")
        if length.isdigit() and int(length[:20]) > 2 * most:
            raise too_large
        limits, now = self._limits, asyncio.get_running_loop().time
        size, due = 0, limits.step
        try:
            async with asyncio.timeout(limits.seconds), asyncio.timeout(limits.pause) as patience:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size >= due:
                        due = size + limits.step
                        patience.reschedule(now() + limits.pause)
                    if size <= most:
                        self._reserve(len(chunk))
                        body += chunk
                    elif size > 2 * most:
                        # A little too much is read to its end: many clients read no answer before they have sent all.
                        break
        except TimeoutError:
            raise HTTPException(
                408,
                f"The {what} did not arrive in time: at least {limits.step:,} bytes every {limits.pause:.0f} s, "
                f"all of it within {limits.seconds:.0f} s.",
            ) from None
        if size > most:
            raise too_large

    def _reserve(self, size: int) -> None:
        if self._held + size > self._limits.memory:
            raise _crowded()
        self._held += size

    def _check_queue(self) -> None:
        if self._waiting >= self._limits.waiting:
            raise _crowded()


def _crowded() -> HTTPException:
    return busy("Too many pictures are on their way; try again.", 2)
