"""A request's place among those that are answered at once, and its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.types import Scope

STARTED = "likewise.started"
"""In the scope of a request whose answer is on its way."""

KEY = "likewise.turn"
"""In the scope of a request."""


class Turns:
    """Places for requests that are answered at once.

    Args:
        most: number of places.
        seconds: that each may be held.
        told: is given their number whenever it changes.
    """

    def __init__(self, most: int, seconds: float, told: Callable[[int], object] = lambda _: None) -> None:
        self.seconds = seconds
        self._most = most
        self._told = told
        self._taken = 0

    def take(self) -> None:
        """Take a place.

        Raises:
            HTTPException: there is none (503).
        """
        if self._taken >= self._most:
            raise busy("Too many requests are being answered; try again.", 1)
        self._taken += 1
        self._told(self._taken)

    def leave(self) -> None:
        """Give a place back."""
        self._taken -= 1
        self._told(self._taken)


class Turn:
    """The place that one request holds, and the clock that ends it."""

    def __init__(self, turns: Turns, clock: asyncio.Timeout) -> None:
        self._turns = turns
        self._clock = clock
        self.held = True

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """A block in which a body arrives: it holds no place, and its time does not run.

        Raises:
            HTTPException: all places were taken meanwhile (503).
        """
        self._turns.leave()
        self.held = False
        self._clock.reschedule(None)
        yield
        self._turns.take()
        self.held = True
        self._clock.reschedule(asyncio.get_running_loop().time() + self._turns.seconds)


@asynccontextmanager
async def aside(scope: Scope) -> AsyncIterator[None]:
    """`Turn.aside` of a request, where it has a turn."""
    turn: Turn | None = scope.get(KEY)
    if turn is None:
        yield
        return
    async with turn.aside():
        yield


def busy(text: str, seconds: int) -> HTTPException:
    """What tells a client to come back."""
    return HTTPException(503, text, headers={"Retry-After": str(seconds)})
