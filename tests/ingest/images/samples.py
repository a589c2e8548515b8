"""Small pictures that the tests of this folder write."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def gradient(width: int = 64, height: int = 48) -> Image.Image:
    """Smooth colours, lighter to the right and greener to the bottom: which way up it is can be seen."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 200 // width + 30, y * 200 // height + 30, x * 0 + 90], -1).astype(np.uint8))


def encoded(image: Image.Image, form: str = "PNG", **more) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


def exif(*entries: bytes, tail: bytes = b"") -> bytes:
    """An EXIF block; what `tail` has begins at byte 14 + 12 for each entry."""
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4) + tail


TURNED = entry(0x112, 3, 1, 6)


def segment(kind: int, body: bytes) -> bytes:
    return bytes((0xFF, kind)) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(kind: bytes, body: bytes, *, wrong: bool = False) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) ^ wrong)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Behind the header, which takes 33 bytes."""
    return png[:33] + b"".join(chunks) + png[33:]


def with_wrong_checksum(png: bytes, kind: bytes) -> bytes:
    at = png.index(kind) - 4
    end = at + 12 + int.from_bytes(png[at : at + 4], "big")
    return png[: end - 1] + bytes([png[end - 1] ^ 1]) + png[end:]
