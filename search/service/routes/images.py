"""Small pictures of products."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from likewise.ingest.index import Manifest

from ..openapi import parts
from ..openapi.parameters import OF_AN_IMAGE, product_id
from ..parameters import Parameters
from ..pictures.thumbnails import SIZES, Wanted, wanted
from ..service import Service
from ..shown import Shown

SECONDS = 3600
"""For which a browser shows a thumbnail without asking again: an address stays, while its product may change."""

CACHED = "{}, max-age={}"


def router(service: Service) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["products"])

    @routes.get(
        "/v1/images/{id:path}",
        summary="A small picture of a product",
        openapi_extra={"parameters": [product_id("15970"), *OF_AN_IMAGE]},
        responses={
            **parts.responses(None, 400, 404),
            200: {
                "description": "The picture, as WebP where the request accepts it.",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in parts.IMAGE_TYPES},
            },
            304: {"description": "The picture is still the same."},
        },
        response_class=Response,
    )
    async def image(request: Request) -> Response:
        given = Parameters(request, "size", "picture", "ref")
        size = int(given.one_of("size", [str(each) for each in SIZES], "320"))
        which: int | str = given.text("ref") if given.has("ref") else given.number("picture", 0, 0, 1000)
        kind = "image/webp" if "image/webp" in request.headers.get("accept", "") else "image/jpeg"
        name = request.path_params["id"]

        def find(shown: Shown) -> tuple[Wanted, Manifest]:
            return wanted(shown, name, size, kind, which), shown.client.manifest

        found, manifest = await service.ask(request, find, direct=service.settings.direct)
        audience = "private" if service.settings.token else "public"
        headers = {"ETag": found.etag, "Cache-Control": CACHED.format(audience, SECONDS), "Vary": "Accept"}
        if matches(request.headers.get("if-none-match", ""), found.etag):
            return Response(status_code=304, headers=headers)
        data = service.thumbnails.known(found)
        if data is None:
            data = await service.threads.thumbnail(service.thumbnails.make, found, manifest)
        return Response(data, headers=headers, media_type=kind)

    return routes


def matches(known: str, etag: str) -> bool:
    """Whether a client has what an ETag stands for, by its `If-None-Match`."""
    return known.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in known.split(",")]
