"""What the body of a request holds: the picture itself, a form with it, or its address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.requests import Request

from likewise.ingest.errors import ParameterError

from ..threads import Threads
from ..uploads import MAX_BODY, Uploads
from .addresses import Addresses
from .forms import picture_of_form

AROUND = 64 * 2**10
"""Bytes of a form around its picture, and most bytes of a JSON body."""


class Bodies:
    """Reads pictures out of requests.

    Args:
        uploads: how bodies arrive.
        addresses: fetches pictures that are named by their addresses.
        threads: where forms are taken apart.
    """

    def __init__(self, uploads: Uploads, addresses: Addresses, threads: Threads) -> None:
        self._uploads = uploads
        self._addresses = addresses
        self._threads = threads

    @asynccontextmanager
    async def picture(self, request: Request) -> AsyncIterator[bytes]:
        """The bytes of the picture that a request brings, for as long as it is its turn.

        Raises:
            ImageError: it is too large, or cannot be fetched.
            ParameterError: a form or JSON without a picture.
            RefusedAddressError: an address that may not be asked.
            HTTPException: it does not arrive in time (408), or too many others are on their way (503).
        """
        content_type = request.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/json":
            async with self._uploads.body(request, AROUND, "body") as body:
                data = await self._addresses.fetch(_address(body))
                with self._uploads.held(len(data)):
                    yield data
        elif kind == "multipart/form-data":
            async with self._uploads.body(request, MAX_BODY + AROUND) as body:
                yield await self._threads.decode(picture_of_form, body, content_type)
        else:
            async with self._uploads.body(request) as body:
                yield body


def _address(body: bytes) -> str:
    try:
        said = orjson.loads(body)
    except ValueError:
        raise ParameterError('The body is no JSON; {"url": "https://…"} names a picture.') from None
    if not isinstance(said, dict) or set(said) != {"url"} or not isinstance(said["url"], str):
        raise ParameterError('JSON names a picture as {"url": "https://…"}, and nothing else.')
    return str(said["url"])
