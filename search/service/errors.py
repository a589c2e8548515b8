"""Every error as `{"error": text, "type": class name}`, with a status by its class."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from likewise.ingest.errors import (
    ImageError,
    IncompatibleError,
    LikewiseError,
    NotFoundError,
    ParameterError,
    StoreError,
    WeightsError,
)

from .json_response import json_response

_LOG = logging.getLogger(__name__)

UNAVAILABLE = "The service cannot answer at the moment; try again later. Its log says why."
"""Of all that is a 503: what happened to the store or the weights may name addresses and folders."""

AGAIN = {"Retry-After": "5"}


class PictureForgottenError(NotFoundError):
    """The features of a picture are no longer remembered; it has to be sent again."""


class RefusedAddressError(LikewiseError):
    """A picture's address is not one that the service may ask."""


STATUS: dict[type[LikewiseError], int] = {
    ParameterError: 400,
    RefusedAddressError: 403,
    NotFoundError: 404,
    IncompatibleError: 409,
    ImageError: 422,
    StoreError: 503,
    WeightsError: 503,
}
"""By class; any other `LikewiseError` is a 500."""


def error_response(status: int, text: str, kind: str, headers: dict[str, str] | None = None) -> Response:
    """An error as clients get it."""
    return json_response({"error": text, "type": kind}, status, headers)


def bug_response() -> Response:
    """The log has the traceback; the answer holds nothing of it."""
    return error_response(500, "A bug in Likewise; see the service's log.", "InternalError")


def status_of(error: LikewiseError) -> int:
    """The status that an error is answered with."""
    if isinstance(error, ImageError) and error.reason == "too-large":
        return 413
    return next((STATUS[known] for known in type(error).__mro__ if known in STATUS), 500)


async def _known_error(_: Request, error: Exception) -> Response:
    status, text = status_of(error) if isinstance(error, LikewiseError) else 500, str(error)
    if status == 503:
        _LOG.warning("Answered with 503: %s", text)
        text = UNAVAILABLE
    return error_response(status, text, type(error).__name__, AGAIN if status == 503 else None)


async def _http_error(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    text = error.detail if isinstance(error, HTTPException) else ""
    if status == 405:
        headers = {"Allow": ", ".join(_methods(request))}
    return error_response(status, text, "HTTPException", dict(headers or {}))


def _methods(request: Request) -> list[str]:
    """All methods of an address: each of its routes knows its own only."""
    found: set[str] = set()
    for method in ("GET", "POST"):
        scope: dict[str, Any] = {**request.scope, "method": method}
        if any(route.matches(scope)[0] == Match.FULL for route in request.app.router.routes):
            found.add(method)
    return sorted({*found, *(["HEAD"] if "GET" in found else [])})


async def _invalid(_: Request, error: Exception) -> Response:
    """What FastAPI itself finds wrong."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    return error_response(400, text, "ParameterError")


async def _gone(_: Request, _error: Exception) -> Response:
    """Nobody is there to read it."""
    return Response(status_code=400)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    LikewiseError: _known_error,
    HTTPException: _http_error,
    RequestValidationError: _invalid,
    ClientDisconnect: _gone,
}
"""As FastAPI takes them; what is none of these is a bug, which `Envelope` answers."""
