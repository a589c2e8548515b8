"""Open an image safely: one decode for indexing and for queries.

Every way in which a picture can be broken becomes an `ImageError` with a short stable reason:

    missing  not-a-file  unreadable  empty  too-large  wrong-format  bomb  too-small  truncated
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

from ..errors import ImageError
from . import heif, jpeg_scans
from .bare import Bare
from .flatten import MAX_PIXELS, check_size, flatten
from .heif import brands, is_heic, open_heic, strip_heif
from .jpeg_ends import with_end
from .jpeg_segments import segments, strip_jpeg
from .orientation import turn
from .png_chunks import MAGIC, strip_png
from .quiet import QUIET
from .reading import read_image_bytes
from .tiff_tags import strip_tiff

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""Formats that a shop's pictures come in, with HEIC where its library is; Pillow's many others are attack surface."""

DECODE_SIDE = 240
"""Indexing and queries decode large JPEGs at the smallest scale with at least this many pixels a side."""

_CANVAS = 50_000_000
"""Most pixels of a WEBP, whose decoder holds two canvases beside Pillow's."""

_WITH_CANVAS = ("WEBP", "AVIF", "HEIF")
_LARGEST = {"JPEG": jpeg_scans.MAX_PIXELS, "WEBP": _CANVAS, "AVIF": heif.MAX_PIXELS, "HEIF": heif.MAX_PIXELS}


def open_image(source: Path | bytes, *, max_pixels: int = MAX_PIXELS, side: int | None = None) -> Image.Image:
    """Decode to RGB in the colours of sRGB, upright, transparency on white.

    Args:
        source: a path, or the bytes of an image file, whose name does not matter.
        max_pixels: refuse what would be decoded to more. What a JPEG claims may be up to 160 million pixels, if `side`
            makes it small enough; a WEBP, AVIF or HEIC has at most 50 million.
        side: decode large JPEGs at the smallest scale that still has this many pixels a side.

    Raises:
        ImageError: with one of the reasons above.
    """
    data = read_image_bytes(source) if isinstance(source, Path) else source
    where = str(source) if isinstance(source, Path) else "the picture"
    if not data:
        raise ImageError("empty", f"{where} has no content")
    try:
        with QUIET:
            return _decoded(data, where, max_pixels, side)
    except ImageError as error:
        # What looks into a file does not know its name.
        raise ImageError(error.reason, error.detail.replace("the picture", where, 1)) from error.__cause__
    except UnidentifiedImageError:
        if brands(data):
            raise ImageError("truncated", f"{where} is an AVIF that is truncated or corrupt") from None
        raise ImageError("wrong-format", f"{where} is none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise ImageError("bomb", f"{where}: {error}") from error
    except (MemoryError, RecursionError) as error:
        raise ImageError("bomb", f"{where} needs too much memory to decode") from error
    # Pillow's decoders meet hostile bytes with nearly any built-in error; all of them mean the same to us.
    except Exception as error:
        raise ImageError("truncated", f"{where} is truncated or corrupt ({error})") from error


def _decoded(data: bytes, where: str, max_pixels: int, side: int | None) -> Image.Image:
    bare = _stripper(data)(data)
    with _opened(bare.data) as image:
        form = image.format or ""
        check_size(image, where, _LARGEST[form] if form == "JPEG" else min(max_pixels, _LARGEST.get(form, max_pixels)))
        if form == "JPEG" and side is not None:
            image.draft("RGB", (side, side))
        check_size(image, where, max_pixels)
        image.load()
        if bare.profile:
            image.info["icc_profile"] = bare.profile
        # These two say in a box of their own how a picture is turned, which their readers tell as EXIF or obey.
        xmp = b"" if form in ("AVIF", "HEIF") else bare.xmp or _block(image, "xmp")
        how = turn(bare.exif or _block(image, "exif"), xmp)
        flat = flatten(image, max_pixels=max_pixels)
        if how is not None:
            return flat.transpose(how)
        # Those whose decoders have canvases of their own would keep them.
        return flat.copy() if flat is image and form in _WITH_CANVAS else flat


def _stripper(data: bytes) -> Callable[[bytes], Bare]:
    if data.startswith(b"\xff\xd8\xff"):
        return _bare_jpeg
    if data.startswith(MAGIC):
        return strip_png
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0"):
        return strip_tiff
    return strip_heif if brands(data) else Bare


def _bare_jpeg(data: bytes) -> Bare:
    parts = segments(data)
    bare = strip_jpeg(data, parts)
    scans = jpeg_scans.read_scans(data, parts)
    if scans.ended or not scans.scans:
        return bare
    scans = jpeg_scans.read_scans(bare.data, segments(bare.data))
    return Bare(with_end(bare.data, scans), bare.exif, bare.xmp, bare.profile)


def _opened(data: bytes) -> ImageFile.ImageFile:
    return open_heic(data) if is_heic(data) else Image.open(io.BytesIO(data), formats=FORMATS)


def _block(image: Image.Image, name: str) -> bytes:
    """Metadata as bytes, whatever a decoder made of them."""
    value = image.info.get(name, b"")
    return value if isinstance(value, bytes) else b""
