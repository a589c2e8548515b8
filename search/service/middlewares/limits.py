"""How many requests are answered at once, and for how long: a queue that grows helps nobody."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import error_response
from ..turns import KEY, STARTED, Turn, Turns


class Limits:
    """Gives each request to the API a place and a time; what else there is must answer in any case.

    Args:
        app: answers.
        turns: the places.
    """

    def __init__(self, app: ASGIApp, turns: Turns) -> None:
        self._app = app
        self._turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        try:
            self._turns.take()
        except HTTPException as error:
            await error_response(503, error.detail, "HTTPException", dict(error.headers or {}))(scope, receive, send)
            return
        turn: Turn | None = None
        try:
            async with asyncio.timeout(self._turns.seconds) as clock:
                turn = scope[KEY] = Turn(self._turns, clock)
                await self._app(scope, receive, send)
        except TimeoutError:
            if not clock.expired():
                raise
            if scope.get(STARTED):
                # Whoever reads so slowly gets no more of it.
                return
            text = f"The answer took more than {self._turns.seconds:g} s; try again later, or ask for less."
            await error_response(503, text, "TimeoutError", {"Retry-After": "5"})(scope, receive, send)
        finally:
            if turn is None or turn.held:
                self._turns.leave()
