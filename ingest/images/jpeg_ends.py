"""Gives a JPEG back the end mark that it lacks, if its scans are whole.

Decoders fill up what is missing of a scan, and tell nobody who asks through Pillow. So the picture is decoded with
several continuations behind its last byte: if any of them can be seen, then bits of the scan were missing.
"""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from ..errors import ImageError
from .jpeg_scans import Scans

MAX_PIXELS = 62_500_000
"""Most pixels that are looked at for a difference; of larger pictures at half the scale, or a quarter."""

_END = b"\xff\xd9"
# Nothing at all, which reads as zeros, and two patterns that are no code of the same meaning in any usual table.
_CONTINUATIONS = (b"", b"\x55" * 4096, b"\xaa" * 4096)
_ROWS = 256


def with_end(data: bytes, scans: Scans) -> bytes:
    """The picture with an end mark, without what follows it.

    Raises:
        ImageError: `truncated`, a scan is missing or was cut.
        Exception: any other of Pillow's, for hostile data.
    """
    cut = ImageError("truncated", "the picture is cut before its end")
    if not scans.whole or scans.is_arithmetic or not scans.last_is_restarted_throughout(data):
        raise cut
    # A last byte of 255 is half of the end mark.
    picture = data[: scans.end].rstrip(b"\xff")
    if len({_pixels(picture + more + _END) for more in _CONTINUATIONS}) > 1:
        raise cut
    return picture + _END


def _pixels(data: bytes) -> bytes:
    digest = hashlib.sha256()
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        width, height = image.size
        scale = next((scale for scale in (1, 2, 4) if width * height <= MAX_PIXELS * scale**2), 8)
        if scale > 1:
            image.draft(None, (width // scale, height // scale))
        image.load()
        for top in range(0, image.height, _ROWS):
            digest.update(image.crop((0, top, image.width, min(top + _ROWS, image.height))).tobytes())
    return digest.digest()
