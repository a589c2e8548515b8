"""Pictures in the bodies of requests."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

from likewise.ingest.errors import ImageError, ParameterError

MAX_BODY = 16 * 2**20
"""Bytes of a picture."""

BODY_SECONDS = 60.0
"""A picture that takes longer to arrive would keep its place from others."""


async def read_picture(request: Request) -> bytes:
    """The bytes of an image file.

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
