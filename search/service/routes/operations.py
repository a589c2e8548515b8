"""For those who run the service: whether it lives, whether it is ready, and its numbers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from ..json_response import json_response
from ..openapi import parts
from ..service import Service
from ..shown import Shown


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Whether the process lives", responses=parts.responses(parts.HEALTH))
    async def health(request: Request) -> Response:  # noqa: ARG001 - FastAPI's
        return json_response({"status": "ok"})

    @routes.get("/readyz", summary="Whether searches by id are answered", responses=parts.responses(parts.READY, 503))
    async def ready(request: Request) -> Response:
        state = await service.ask(request, _state)
        # Everybody may ask; where there is a token, how large a catalog is only its bearers know.
        return json_response({"status": "ready"} if service.settings.token else state)

    @routes.get(
        "/metrics",
        summary="Numbers for Prometheus",
        responses={200: {"description": "Its text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        response_class=Response,
    )
    async def metrics(request: Request) -> Response:  # noqa: ARG001
        return Response(
            await service.threads.search(service.metrics.text, service.live), media_type=CONTENT_TYPE_LATEST
        )

    return routes


def _state(shown: Shown) -> dict[str, Any]:
    # Counted, not taken from the manifest: the index itself has to answer.
    return {"status": "ready", "version": shown.version, "products": shown.client.count()}
