"""The HTTP service.

GET  /healthz               the process lives
GET  /readyz                an index is open and answers
GET  /v1/similar/{id}       hits for an indexed product: ?k=6&probe=1&where=gender=Men&where=baseColour!=Red
POST /v1/similar            hits for a picture: the body is an image file, the parameters are the same
GET  /v1/products/{id}      the payload of a product

Every error is `{"error": text, "type": class name}`, with a status by its class.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from likewise.ingest.errors import (
    ImageError,
    IncompatibleError,
    LikewiseError,
    NotFoundError,
    ParameterError,
    StoreError,
    WeightsError,
)
from likewise.ingest.index.stores import Hit

from ..client import SearchClient
from ..filters import Where, parse_where_options
from ..images import open_query
from ..search_plan import Probe
from .live_index import LiveIndex

MAX_BODY = 16 * 2**20
"""Bytes of a picture."""

BODY_SECONDS = 60.0
"""A picture that takes longer to arrive would keep its place from others."""

UPLOADS = 16
"""Pictures in memory at once; further senders are made to wait before their body is read."""

PICTURES = 2
"""Pictures in work at once, one decoded while one is encoded: searches by id keep the other threads."""

STATUS: dict[type[LikewiseError], int] = {
    ParameterError: 400,
    NotFoundError: 404,
    IncompatibleError: 409,
    ImageError: 422,
    StoreError: 503,
    WeightsError: 503,
}
"""By class; any other `LikewiseError` is a 500."""

_PARAMETERS = ("k", "probe", "where")


def create_app(current: LiveIndex, *, refresh: float = 10.0) -> Starlette:
    """The ASGI application; its lifespan opens the current version, follows it, and closes it.

    Args:
        current: closed when the application ends.
        refresh: seconds between two looks for another current version.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        end = asyncio.Event()
        watch = asyncio.create_task(_watch(current, refresh, end))
        try:
            yield
        finally:
            end.set()
            await watch
            await run_in_threadpool(current.close)

    service = _Service(current)
    return Starlette(
        routes=[
            Route("/healthz", service.health),
            Route("/readyz", service.ready),
            Route("/v1/similar", service.similar_to_image, methods=["POST"]),
            # Ids are the catalog's own and may hold slashes.
            Route("/v1/similar/{id:path}", service.similar),
            Route("/v1/products/{id:path}", service.product),
        ],
        exception_handlers={
            LikewiseError: _known_error,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _bug,
        },
        lifespan=lifespan,
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """How to search, from the query string."""

    k: int = 6
    probe: Probe = 1
    where: Where | None = None

    @classmethod
    def parse(cls, query: QueryParams) -> Self:
        """Raises ParameterError, also for a name that would else be ignored without a word."""
        for name in query:
            if name not in _PARAMETERS:
                raise ParameterError(f"Unknown parameter {name!r}. Known: {', '.join(_PARAMETERS)}.")
        probe = query.get("probe", "1")
        return cls(
            _number("k", query.get("k", "6")),
            "all" if probe == "all" else _number("probe", probe),
            parse_where_options(query.getlist("where")),
        )


class _Service:
    """The endpoints. What blocks runs in threads."""

    def __init__(self, current: LiveIndex) -> None:
        self._current = current
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._pictures = asyncio.Semaphore(PICTURES)

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._ready))

    async def similar(self, request: Request) -> Response:
        question = _Question.parse(request.query_params)
        return JSONResponse(await run_in_threadpool(self._similar, request.path_params["id"], question))

    async def similar_to_image(self, request: Request) -> Response:
        question = _Question.parse(request.query_params)
        async with self._uploads:
            data = await _body(request)
            async with self._pictures:
                return JSONResponse(await run_in_threadpool(self._similar_to_image, data, question))

    async def product(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._product, request.path_params["id"]))

    def _ready(self) -> dict[str, Any]:
        # Counted, not taken from the manifest: the index itself has to answer.
        return self._current.ask(lambda client: {"version": client.manifest.version, "products": client.count()})

    def _similar(self, product_id: str, question: _Question) -> dict[str, Any]:
        return self._current.ask(
            lambda client: _answer(
                client, client.similar(product_id, question.k, where=question.where, probe=question.probe)
            )
        )

    def _similar_to_image(self, data: bytes, question: _Question) -> dict[str, Any]:
        picture = open_query(data)

        def search(client: SearchClient) -> dict[str, Any]:
            vector = self._current.embed(client, picture)
            hits = client.similar_to_vector(vector, question.k, where=question.where, probe=question.probe)
            return _answer(client, hits)

        return self._current.ask(search)

    def _product(self, product_id: str) -> dict[str, Any]:
        return self._current.ask(lambda client: client.get(product_id))


async def _watch(current: LiveIndex, seconds: float, end: asyncio.Event) -> None:
    while not end.is_set():
        await run_in_threadpool(current.refresh)
        with suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), seconds)


async def _body(request: Request) -> bytes:
    """The bytes of a picture.

    Raises:
        ImageError: more than `MAX_BODY` of them.
        ParameterError: a form instead of a file.
        HTTPException: they do not arrive in time.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise ParameterError("The body is a form; send the bytes of the image file itself (curl --data-binary @FILE).")
    length = request.headers.get("content-length", "")
    too_large = ImageError("too-large", f"the picture has more than {MAX_BODY:,} bytes")
    if length.isdigit() and int(length) > 2 * MAX_BODY:
        raise too_large
    data = bytearray()
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= MAX_BODY:
                    data += chunk
                elif size > 2 * MAX_BODY:
                    # A little too much is read to its end: many clients read no answer before they have sent all.
                    break
    except TimeoutError:
        raise HTTPException(408, f"The picture did not arrive within {BODY_SECONDS:.0f} s.") from None
    if size > MAX_BODY:
        raise too_large
    return bytes(data)


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{name} must be a whole number; received {text[:40]!r}.") from None


def _answer(client: SearchClient, hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "version": client.manifest.version,
        "hits": [{"id": hit.id, "score": round(hit.score, 6), "payload": hit.payload} for hit in hits],
    }


def _status(error: LikewiseError) -> int:
    if isinstance(error, ImageError) and error.reason == "too-large":
        return 413
    return next((STATUS[known] for known in type(error).__mro__ if known in STATUS), 500)


async def _known_error(_: Request, error: Exception) -> Response:
    status = _status(error) if isinstance(error, LikewiseError) else 500
    return JSONResponse({"error": str(error), "type": type(error).__name__}, status)


async def _http_error(_: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    text = error.detail if isinstance(error, HTTPException) else ""
    return JSONResponse({"error": text, "type": type(error).__name__}, status, headers=headers)


async def _gone(_: Request, _error: Exception) -> Response:
    """Nobody is there to read it."""
    return Response(status_code=400)


async def _bug(_: Request, _error: Exception) -> Response:
    """The server logs the traceback; the answer holds nothing of it."""
    return JSONResponse({"error": "A bug in Likewise; see the service's log.", "type": "InternalError"}, 500)
