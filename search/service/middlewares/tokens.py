"""Who may ask: whoever bears the token, where there is one."""

from __future__ import annotations

import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import error_response

OPEN = ("/healthz", "/readyz", "/", "/widget.js", "/example")
FILES = "/static/"
"""What answers everybody, because it tells nothing of the catalog: an orchestrator bears no token, and neither does a
browser that loads the page or a shop's widget, which then asks with the token it was given."""


class Tokens:
    """Refuses requests that do not bear the token.

    Args:
        app: answers those that do.
        token: as in `Authorization: Bearer TOKEN`.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or _is_open(scope["path"]) or self._borne(scope):
            await self._app(scope, receive, send)
            return
        refusal = error_response(
            401, "This service answers whoever bears its token.", "UnauthorizedError", {"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _borne(self, scope: Scope) -> bool:
        given = [value for key, value in scope["headers"] if key == b"authorization"]
        kind, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        return kind.lower() == b"bearer" and secrets.compare_digest(token.strip(), self._token)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(FILES)
