"""The path below which a proxy shows the service, whether the proxy leaves it in addresses or takes it out."""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Takes the prefix out of addresses.

    Args:
        app: knows nothing of it.
        prefix: such as `/likewise`.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        path = scope.get("path", "")
        if path == self._prefix:
            # The page's own addresses are relative to the folder.
            query = scope.get("query_string", b"").decode("latin-1")
            await RedirectResponse(f"{self._prefix}/{'?' if query else ''}{query}", 308)(scope, receive, send)
            return
        if path.startswith(f"{self._prefix}/"):
            scope["path"] = path[len(self._prefix) :]
            scope["raw_path"] = scope.get("raw_path", b"")[len(self._prefix) :]
        await self._app(scope, receive, send)
