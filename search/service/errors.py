"""Every error as `{"error": text, "type": class name}`, with a status by its class."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from likewise.ingest.errors import (
    ImageError,
    IncompatibleError,
    LikewiseError,
    NotFoundError,
    ParameterError,
    StoreError,
    WeightsError,
)

_LOG = logging.getLogger(__name__)

UNAVAILABLE = "The service cannot answer at the moment; try again later. Its log says why."
"""Of all that is a 503: what happened to the store or the weights may name addresses and folders."""

STATUS: dict[type[LikewiseError], int] = {
    ParameterError: 400,
    NotFoundError: 404,
    IncompatibleError: 409,
    ImageError: 422,
    StoreError: 503,
    WeightsError: 503,
}
"""By class; any other `LikewiseError` is a 500."""


def _status(error: LikewiseError) -> int:
    if isinstance(error, ImageError) and error.reason == "too-large":
        return 413
    return next((STATUS[known] for known in type(error).__mro__ if known in STATUS), 500)


async def _known_error(_: Request, error: Exception) -> Response:
    status, text = _status(error) if isinstance(error, LikewiseError) else 500, str(error)
    if status == 503:
        _LOG.warning("Answered with 503: %s", text)
        text = UNAVAILABLE
    return JSONResponse({"error": text, "type": type(error).__name__}, status)


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


HANDLERS: dict[type[Exception], ExceptionHandler] = {
    LikewiseError: _known_error,
    HTTPException: _http_error,
    ClientDisconnect: _gone,
    Exception: _bug,
}
"""As Starlette takes them."""
