"""Takes the chunks out of a PNG that hold no pixels, and keeps what they say about colours and orientation.

Pillow reads all of them: it gives up the picture over a wrong checksum in a comment or over a megabyte of text, and
plays animations. Nothing is inflated here beyond a bound.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from ..errors import ImageError
from .bare import MAX_PROFILE, Bare

MAGIC = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000
"""Most chunks; encoders put 8 KiB of pixels and more in each."""

MAX_TEXT = 2 * 2**20
"""Most bytes of a text that are looked at."""

_PIXELS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
_XMP, _EXIF = b"XML:com.adobe.xmp\0", b"Raw profile type exif\0"


def strip_png(data: bytes) -> Bare:
    """The chunks of a PNG that make its pixels; its first picture, if it is animated.

    Raises:
        ImageError: `bomb`, too many chunks; `truncated`, pixels whose checksum is wrong.
    """
    pieces, start = [], 0
    exif, xmp, profile, texted = b"", b"", b"", b""
    count = 0
    for kind, at, end in _chunks(data):
        count += 1
        if count > MAX_CHUNKS:
            raise ImageError("bomb", f"the picture has over {MAX_CHUNKS:,} chunks")
        if kind in _PIXELS or kind[0:1].isupper():
            if end <= len(data) and not _is_sound(data, at, end):
                raise ImageError("truncated", f"the checksum of the chunk {kind.decode('latin-1')} is wrong")
            continue
        pieces.append(data[start:at])
        start = end
        body = data[at + 8 : end - 4]
        if kind == b"eXIf" and not exif and _is_sound(data, at, end):
            exif = body
        elif kind == b"iCCP" and not profile and _is_sound(data, at, end):
            profile = _inflated(body.partition(b"\0")[2][1:], MAX_PROFILE)
        elif kind in _TEXTS and body.startswith(_XMP):
            xmp = xmp or _text(kind, body)
        elif kind in _TEXTS and body.startswith(_EXIF):
            texted = texted or _from_hexadecimal(_text(kind, body))
    return Bare(b"".join((*pieces, data[start:])) if pieces else data, exif or texted, xmp, profile)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of each chunk, up to the end of the picture or of what can be read."""
    at, kind = len(MAGIC), b""
    while kind != b"IEND" and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if not kind.isalpha():
            return
        yield kind, at, at + length + 12
        at += length + 12


def _is_sound(data: bytes, at: int, end: int) -> bool:
    return zlib.crc32(memoryview(data)[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _inflated(data: bytes, at_most: int, *, cut: bool = False) -> bytes:
    """What was compressed; what is longer, or broken, is cut or left out."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, at_most)
    except zlib.error:
        return b""
    return plain if cut or inflater.eof else b""


def _text(kind: bytes, body: bytes) -> bytes:
    """The text of a chunk behind its keyword."""
    rest = body.partition(b"\0")[2]
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        # Behind the method of compression stand the language and the keyword in it.
        rest = rest[1:2] + rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return _inflated(rest[1:], MAX_TEXT, cut=True) if compressed else rest[kind == b"iTXt" :][:MAX_TEXT]


def _from_hexadecimal(text: bytes) -> bytes:
    """The block that ImageMagick writes: an empty line, its name, its length, and lines of digits."""
    try:
        return bytes.fromhex(b"".join(text.split(b"\n", 3)[3:]).decode("latin-1"))
    except ValueError:
        return b""
