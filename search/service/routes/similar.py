"""What is like a product or a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Manifest

from ...asking.options import SearchOptions
from ..json_response import json_bytes, json_response
from ..openapi import parts
from ..openapi.parameters import OF_A_PICTURE, OF_A_PRODUCT, product_id
from ..parameters import search_options, split
from ..pictures.queries import Asked, Source
from ..pictures.thumbnails import SIZES, Wanted, wanted
from ..service import Service
from ..shown import Shown

SHORT = 200
"""Hits up to which a search is short."""

FEW = 4
"""Conditions up to which it is."""


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["search"])

    @routes.get(
        "/v1/similar/{id:path}",
        summary="Products like a product",
        openapi_extra={"parameters": [product_id("15970"), *OF_A_PRODUCT]},
        responses=parts.responses(parts.ANSWER, 400, 404, 409, 422),
    )
    async def similar(request: Request) -> Response:
        key = (request.path_params["id"], request.scope["query_string"])
        known = service.known(request, key)
        if known is None:
            options = search_options(request)
            if options.part is not None:
                return json_response(await _by_part(request, options))
            direct = service.settings.direct and _is_short(options, loaded=service.live.loaded)
            known = await service.ask(request, lambda shown: _like(shown, key, options), direct=direct)
        return json_bytes(known)

    @routes.get(
        "/v1/similar",
        summary="Products like a picture that was sent before",
        openapi_extra={"parameters": [parts.PICTURE, *OF_A_PICTURE]},
        responses=parts.responses(parts.ANSWER, 400, 404, 409),
    )
    async def similar_to_remembered(request: Request) -> Response:
        picture, options = split(request, "picture")
        if picture is None:
            raise ParameterError("picture is missing: the sha256 that an earlier answer gave; or POST a picture.")
        return json_response(await _answer(request, service.pictures.again(picture, options.part), options))

    @routes.post(
        "/v1/similar",
        summary="Products like a picture",
        openapi_extra={"parameters": OF_A_PICTURE, "requestBody": parts.PICTURE_BODY},
        responses=parts.responses(parts.ANSWER, 400, 403, 408, 409, 413, 422),
    )
    async def similar_to_picture(request: Request) -> Response:
        options = search_options(request)
        async with service.picture(request, options.part) as source:
            return json_response(await _answer(request, source, options))

    async def _by_part(request: Request, options: SearchOptions) -> dict[str, Any]:
        """What is like a part of the product's own picture, which is read where the catalog has it."""
        name = request.path_params["id"]

        def find(shown: Shown) -> tuple[Wanted, Manifest]:
            return wanted(shown, name, SIZES[0], "image/jpeg", 0), shown.client.manifest

        found, manifest = await service.ask(request, find)
        data = await service.threads.thumbnail(service.thumbnails.read, found, manifest)

        def search(shown: Shown, asked: Sequence[Asked]) -> dict[str, Any]:
            return shown.answer(shown.client.similar_by(name, asked[0].features, shown.options(options)))

        return await service.ask_with(request, [service.pictures.sent(data, options.part)], search)

    async def _answer(request: Request, source: Source, options: SearchOptions) -> dict[str, Any]:
        def search(shown: Shown, asked: Sequence[Asked]) -> dict[str, Any]:
            found = shown.client.similar_to_features_batch(asked[0].features[None], options=shown.options(options))[0]
            return {**shown.answer(found), "picture": asked[0].picture}

        return await service.ask_with(request, [source], search)

    return routes


def _like(shown: Shown, key: tuple[str, bytes], options: SearchOptions) -> bytes:
    answer = orjson.dumps(shown.answer(shown.client.similar(key[0], options=shown.options(options))))
    shown.answers.put(key, answer)
    return answer


def _is_short(options: SearchOptions, *, loaded: bool) -> bool:
    """Whether a search takes less time than handing it to another thread is worth."""
    plain = not (options.diversity or options.distinct or options.fallback)
    # Others may have to load a part of the model.
    ready = loaded or (options.probe == 1 and options.where is None)
    # What a short answer tells of each condition is a count of its own.
    return plain and ready and options.k + options.offset <= SHORT and len(options.where_texts) <= FEW
