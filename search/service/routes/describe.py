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
        openapi_extra={"requestBody": parts.PICTURE_BODY},
        responses=parts.responses(parts.DESCRIPTION, 400, 403, 408, 409, 413, 422),
    )
    async def describe(request: Request) -> Response:
        Parameters(request)
        # Before a picture is encoded for nothing.
        await service.ask(request, _check, direct=True)
        async with service.picture(request) as source:
            return json_response(await service.ask_with(request, [source], _described))

    @routes.get(
        "/v1/describe",
        summary="What a picture shows that was sent before",
        openapi_extra={"parameters": [parts.PICTURE]},
        responses=parts.responses(parts.DESCRIPTION, 400, 404, 409),
    )
    async def describe_remembered(request: Request) -> Response:
        given = Parameters(request, "picture")
        await service.ask(request, _check, direct=True)
        if not given.has("picture"):
            raise ParameterError("picture is missing: the sha256 that an earlier answer gave; or POST a picture.")
        source = service.pictures.again(given.text("picture"), None)
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
