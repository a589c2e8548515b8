"""Pictures in the bodies of requests: how they arrive, how much memory they have, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from likewise.ingest.errors import ImageError, ParameterError

MAX_BODY = 16 * 2**20
"""Bytes of a picture."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What the service gives to pictures on their way.

    Attributes:
        memory: bytes that all bodies may have together, whether they still arrive, wait, or are in work.
        waiting: whole pictures that wait for their turn; further ones are told to come back.
        working: pictures in work at once, one decoded while one is encoded: searches by id keep the other threads.
        step: bytes that a sender has to deliver every `pause`.
        pause: in seconds.
        seconds: that a whole picture may take to arrive.
    """

    memory: int = 256 * 2**20
    waiting: int = 32
    working: int = 2
    step: int = 64 * 2**10
    pause: float = 10.0
    seconds: float = 60.0


class Uploads:
    """Pictures on their way.

    Senders hold no places, only the memory of what they have sent: slow ones, however many, keep nobody waiting.
    """

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._held = 0
        self._waiting = 0
        self._turns = asyncio.Semaphore(limits.working)

    @asynccontextmanager
    async def picture(self, request: Request) -> AsyncIterator[bytes]:
        """The bytes of an image file, for as long as it is its turn.

        Raises:
            ImageError: more than `MAX_BODY` of them.
            ParameterError: a form instead of a file.
            HTTPException: they do not arrive in time (408), or too many others are on their way (503).
        """
        # Before the body is read: it would come for nothing.
        self._check_queue()
        body = bytearray()
        try:
            await self._read(request, body)
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

    async def _read(self, request: Request, body: bytearray) -> None:
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise ParameterError(
                "The body is a form; send the bytes of the image file itself (curl --data-binary @FILE)."
            )
        length = request.headers.get("content-length", "")
        too_large = ImageError("too-large", f"the picture has more than {MAX_BODY:,} bytes")
        if length.isdigit() and int(length) > 2 * MAX_BODY:
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
                    if size <= MAX_BODY:
                        self._keep(chunk, body)
                    elif size > 2 * MAX_BODY:
                        # A little too much is read to its end: many clients read no answer before they have sent all.
                        break
        except TimeoutError:
            raise HTTPException(
                408,
                f"The picture did not arrive in time: at least {limits.step:,} bytes every {limits.pause:.0f} s, "
                f"all of it within {limits.seconds:.0f} s.",
            ) from None
        if size > MAX_BODY:
            raise too_large

    def _keep(self, chunk: bytes, body: bytearray) -> None:
        if self._held + len(chunk) > self._limits.memory:
            raise _busy()
        self._held += len(chunk)
        body += chunk

    def _check_queue(self) -> None:
        if self._waiting >= self._limits.waiting:
            raise _busy()


def _busy() -> HTTPException:
    return HTTPException(503, "Too many pictures are on their way; try again.", headers={"Retry-After": "2"})
