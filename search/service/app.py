"""The HTTP service.

GET  /healthz               the process lives
GET  /readyz                an index is open and answers
GET  /v1/similar/{id}       hits for an indexed product: ?k=6&probe=1&where=gender=Men&where=baseColour!=Red
POST /v1/similar            hits for a picture: the body is an image file, the parameters are the same
GET  /v1/products/{id}      the payload of a product

The parameters are those of `likewise.search.SearchOptions`, with `threshold` for its `score_threshold`. Every error is
`{"error": text, "type": class name}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from likewise.ingest.index import Hit

from ..client import SearchClient
from ..images import open_query
from ..options import SearchOptions
from ..rendering import hits_as_json
from .errors import HANDLERS
from .live_index import LiveIndex
from .uploads import UploadLimits, Uploads


def create_app(live: LiveIndex, *, refresh: float = 10.0, limits: UploadLimits | None = None) -> Starlette:
    """The ASGI application; its lifespan opens the current version, follows it, and closes it.

    Args:
        live: closed when the application ends.
        refresh: seconds between two looks for another current version.
        limits: of the pictures that arrive.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        end = asyncio.Event()
        watch = asyncio.create_task(_watch(live, refresh, end))
        try:
            yield
        finally:
            end.set()
            await watch
            await run_in_threadpool(live.close)

    service = _Service(live, Uploads(limits or UploadLimits()))
    return Starlette(
        routes=[
            Route("/healthz", service.health),
            Route("/readyz", service.ready),
            Route("/v1/similar", service.similar_to_image, methods=["POST"]),
            # Ids are the catalog's own and may hold slashes.
            Route("/v1/similar/{id:path}", service.similar),
            Route("/v1/products/{id:path}", service.product),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )


class _Service:
    """The endpoints. What blocks runs in threads."""

    def __init__(self, live: LiveIndex, uploads: Uploads) -> None:
        self._live = live
        self._uploads = uploads

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._live.ask, _state))

    async def similar(self, request: Request) -> Response:
        options = SearchOptions.from_texts(request.query_params.multi_items())
        product_id = request.path_params["id"]
        return JSONResponse(
            await run_in_threadpool(
                self._live.ask, lambda client: _answer(client, client.similar(product_id, options=options))
            )
        )

    async def similar_to_image(self, request: Request) -> Response:
        options = SearchOptions.from_texts(request.query_params.multi_items())
        async with self._uploads.picture(request) as data:
            return JSONResponse(await run_in_threadpool(self._similar_to_image, data, options))

    async def product(self, request: Request) -> Response:
        product_id = request.path_params["id"]
        return JSONResponse(await run_in_threadpool(self._live.ask, lambda client: client.get(product_id)))

    def _similar_to_image(self, data: bytes, options: SearchOptions) -> dict[str, Any]:
        # Decoded before it is its turn: one picture is decoded while another is encoded.
        picture = open_query(data)
        return self._live.ask(
            lambda client: _answer(client, client.similar_to_image(picture, options=options)), encodes=True
        )


async def _watch(live: LiveIndex, seconds: float, end: asyncio.Event) -> None:
    while not end.is_set():
        await run_in_threadpool(live.refresh)
        with suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), seconds)


def _state(client: SearchClient) -> dict[str, Any]:
    # Counted, not taken from the manifest: the index itself has to answer.
    return {"version": client.manifest.version, "products": client.count()}


def _answer(client: SearchClient, hits: Sequence[Hit]) -> dict[str, Any]:
    return {"version": client.manifest.version, "hits": hits_as_json(hits)}
