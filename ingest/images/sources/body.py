"""The content of an answer, never more of it in memory than is allowed, however well it was compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Protocol

from ...errors import ImageError
from .addresses import shown


class _Decoder(Protocol):
    """What `zlib.decompressobj` returns."""

    @property
    def eof(self) -> bool:
        """Whether all of it was seen."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes:
        """At most this much of what the data stands for."""


class CutShortError(Exception):
    """A compressed content ends too early: worth another attempt."""


def read_body(chunks: Iterable[bytes], encoding: str, address: str, most: int) -> bytes:
    """Join the chunks of an answer, decoded.

    Args:
        chunks: as they were sent.
        encoding: the answer's `Content-Encoding`. Plain content is asked for; some servers compress all the same.
        address: for the messages.
        most: bytes that are allowed.

    Raises:
        ImageError: too large, empty, or in an encoding that cannot be bounded.
        CutShortError: see there.
    """
    encoding = encoding.strip().lower()
    decoder: _Decoder | None = None
    if encoding in ("gzip", "x-gzip", "deflate"):
        # 32: whether gzip or zlib, it says so itself.
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
    elif encoding not in ("", "identity"):
        raise ImageError(
            "wrong-format", f"{shown(address)} is sent as {encoding[:50]!r}, although it was asked for plain"
        )
    content = bytearray()
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        try:
            content += decoder.decompress(chunk, most + 1 - len(content)) if decoder else chunk
        except zlib.error as error:
            raise ImageError("truncated", f"{shown(address)} cannot be decompressed ({error})") from error
        if max(len(content), sent) > most:
            raise ImageError("too-large", f"{shown(address)} has more than {most:,} bytes")
    if decoder and sent and not decoder.eof:
        raise CutShortError
    if not content:
        raise ImageError("empty", f"{shown(address)} has no content")
    return bytes(content)
