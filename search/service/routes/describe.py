"""What a picture shows, in the words of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from likewise.ingest.errors import ParameterError

from ..json_response import json_response
from ..openapi import parts
from ..parameters import Parameters
from ..pictures.queries import Asked
from ..service import Service
from ..shown import Shown

TOP = 3
"""Values of each attribute."""


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["search"])

    @routes.post(
        "/v1/describe",
        summary="What a picture shows",
        openapi_extra={"parameters": [{**parts.PICTURE, "required": False}], "requestBody": parts.PICTURE_BODY},
        responses=parts.responses(parts.DESCRIPTION, 400, 403, 404, 408, 409, 413, 422),
    )
    async def describe(request: Request) -> Response:
        given = Parameters(request, "picture")
        # Before a picture is encoded for nothing.
        await service.ask(request, _check, direct=True)
        if given.has("picture"):
            if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
                raise ParameterError("Two pictures: leave out the parameter `picture`, or the body.")
            source = service.pictures.again(given.text("picture"), None)
            return json_response(await service.ask_with(request, [source], _described))
        async with service.picture(request) as source:
            return json_response(await service.ask_with(request, [source], _described))

    return routes


def _check(shown: Shown) -> None:
    if not shown.client.manifest.capabilities.predicts:
        raise ParameterError(
            "The model of this index learned no attributes; one built with `--reducer attributes` describes pictures."
        )


def _described(shown: Shown, asked: Sequence[Asked]) -> dict[str, Any]:
    found = shown.client.describe_features(asked[0].features, TOP)
    description = {name: values for name, values in found.items() if name not in shown.hidden}
    return {"version": shown.version, "picture": asked[0].picture, "description": description}
