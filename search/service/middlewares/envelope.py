"""Around every answer: its request id, its headers, its numbers, its line in the log. It also answers for bugs."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import bug_response
from ..metrics import Metrics
from ..service import VERSION
from ..turns import STARTED

_LOG = logging.getLogger("likewise.requests")
_FAULTS = logging.getLogger(__name__)

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may do: it needs no other host, and no script or style that stands in markup."""


class Envelope:
    """Puts an answer into its envelope.

    Args:
        app: answers.
        metrics: of the service.
        version: gives the version of an answer that no version was asked for.
        shared: whether pages of other hosts may show what is answered.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, version: Callable[[], str], *, shared: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._version = version
        self._headers = [
            (b"content-security-policy", PAGE_POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"cross-origin" if shared else b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        asked = scope["method"]
        if asked == "HEAD":
            # The server leaves the body out; routes need not know.
            scope = {**scope, "method": "GET"}
        name = _request_id(scope)
        status = 0

        async def enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                scope[STARTED] = True
                headers = [*message["headers"], (b"x-request-id", name), *self._headers]
                if scope["path"].startswith("/v1/"):
                    version = scope.get(VERSION) or self._version()
                    headers.append((b"x-likewise-version", version.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, enveloped)
        except Exception:
            _FAULTS.exception("A bug in Likewise met request %s.", name.decode())
            if not status:
                await bug_response()(scope, receive, enveloped)
        finally:
            self._note(scope, asked, name, status, time.perf_counter() - began)

    def _note(self, scope: Scope, method: str, name: bytes, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "static" if status < 400 else "none")
        method = method if method in _METHODS else "OTHER"
        self._metrics.request(method, route, status, seconds)
        if _LOG.isEnabledFor(logging.INFO):
            said = {"request": name.decode(), "method": method, "route": route, "status": status}
            _LOG.info("", extra={"fields": {**said, "ms": round(seconds * 1000, 2)}})


def _request_id(scope: Scope) -> bytes:
    """What a proxy calls the request, else a name of our own."""
    for key, value in scope["headers"]:
        if key == b"x-request-id" and _ID.fullmatch(value):
            found: bytes = value
            return found
    return secrets.token_hex(8).encode()
