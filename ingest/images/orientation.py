"""Which way up a picture is, from metadata of which anything may be broken."""

from __future__ import annotations

import re

from PIL import Image

from .tiff_tags import ORIENTATION, Directory

_IN_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turn(exif: bytes, xmp: bytes = b"") -> Image.Transpose | None:
    """How a picture has to be turned to be upright; None if not at all, or if nothing readable says so.

    Args:
        exif: block of EXIF tags; only its tag of the orientation is read, the others may be anything.
        xmp: asked if the EXIF block has no orientation.
    """
    if not exif and not xmp:
        return None
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    directory = Directory.first(exif)
    value = directory.integer(ORIENTATION) if directory else None
    if value is None and (found := _IN_XMP.search(xmp)):
        value = int(found[1])
    return None if value is None else _TURNS.get(value)
