"""The page, the widget that a shop puts beside its products, and their files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).resolve().parents[1] / "static"

FRESH = "no-cache"
"""Files have no version in their names: browsers ask whether they have changed."""


class Files(StaticFiles):
    """The files of the page."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file, which browsers keep and ask about."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = FRESH
        return response


def router() -> APIRouter:
    """The routes that are not below `/static`."""
    routes = APIRouter(include_in_schema=False)
    files = Files(directory=STATIC)

    @routes.get("/")
    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    @routes.get("/widget.js")
    async def widget(request: Request) -> Response:
        return await files.get_response("widget.js", request.scope)

    @routes.get("/example")
    async def example(request: Request) -> Response:
        return await files.get_response("example.html", request.scope)

    return routes
