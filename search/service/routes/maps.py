"""Where all products lie, with the colours of a column."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from likewise.ingest.errors import ParameterError

from ..maps import Maps
from ..openapi import parts
from ..openapi.parameters import COLOUR
from ..parameters import Parameters
from ..service import Service
from ..shown import Shown
from .images import CACHED, matches


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["products"])
    maps = Maps(service.settings)

    @routes.get(
        "/v1/map",
        summary="A map of all products",
        openapi_extra={"parameters": [COLOUR]},
        responses={**parts.responses(parts.MAP, 400), 304: {"description": "The map is still the same."}},
    )
    async def draw(request: Request) -> Response:
        given = Parameters(request, "colour")
        column = given.text("colour") if given.has("colour") else None
        known = request.headers.get("if-none-match", "")

        def search(shown: Shown) -> tuple[str, bytes | None]:
            chosen = _column(shown, column)
            etag = maps.etag(shown, chosen)
            return etag, None if matches(known, etag) else maps.draw(shown, chosen)

        etag, content = await service.ask(request, search, alone=True)
        headers = {"ETag": etag, "Cache-Control": CACHED.format("private" if service.settings.token else "public", 60)}
        if content is None:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type="application/json")

    return routes


def _column(shown: Shown, name: str | None) -> str:
    """The column that gives colours: of the catalog, or the clusters."""
    cluster = shown.client.payloads.cluster
    if name is None or name == "cluster":
        return cluster
    if name not in shown.schema.names or name not in shown.filterable:
        known = [each for each in shown.filterable if each in shown.schema.names]
        raise ParameterError(f"colour must be a column: {', '.join(known)}; received {name[:40]!r}.")
    return name
