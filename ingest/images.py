"""Open an image safely: one decode for indexing and for queries.

Every way in which a picture can be broken becomes an `ImageError` with a short stable reason:

    missing  not-a-file  unreadable  empty  too-large  wrong-format  bomb  too-small  truncated
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Formats that a shop's pictures come in; Pillow's many others are attack surface."""

DECODE_SIDE = 240
"""Indexing and queries decode large JPEGs at the smallest scale with at least this many pixels a side."""

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000
MIN_SIDE = 8


def read_image_bytes(path: Path) -> bytes:
    """The content of an image file.

    Raises:
        ImageError: missing, not a regular file (a pipe would hang), unreadable, empty or over 64 MiB.
    """
    try:
        # Non-blocking, because opening a pipe that nobody writes to waits for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise ImageError("missing", f"there is no file {path}") from None
    except OSError as error:
        raise ImageError("unreadable", f"{path} cannot be opened ({error.strerror})") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("not-a-file", f"{path} is not a regular file")
        if status.st_size > MAX_BYTES:
            raise ImageError("too-large", f"{path} has {status.st_size:,} bytes, more than {MAX_BYTES:,}")
        try:
            data = file.read(MAX_BYTES)
        except OSError as error:
            raise ImageError("unreadable", f"{path} cannot be read ({error.strerror})") from error
    if not data:
        raise ImageError("empty", f"{path} has no content")
    return data


def content_hash(data: bytes) -> str:
    """SHA-256 of an image file's bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def open_image(source: Path | bytes, *, side: int | None = None) -> Image.Image:
    """Decode to RGB, upright, transparency on white.

    Args:
        source: a path, or the bytes of an image file.
        side: decode large JPEGs at the smallest scale that still has this many pixels a side.

    Raises:
        ImageError: with one of the reasons above.
    """
    data = read_image_bytes(source) if isinstance(source, Path) else source
    where = str(source) if isinstance(source, Path) else "the picture"
    if not data:
        raise ImageError("empty", f"{where} has no content")
    try:
        with warnings.catch_warnings():
            # Our own bound on pixels is below Pillow's; its other warnings are about odd metadata.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image, where)
                if side is not None:
                    image.draft("RGB", (side, side))
                image.load()
                return flatten(ImageOps.exif_transpose(image))
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError("wrong-format", f"{where} is none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise ImageError("bomb", f"{where}: {error}") from error
    except (MemoryError, RecursionError) as error:
        raise ImageError("bomb", f"{where} needs too much memory to decode") from error
    # Pillow's decoders meet hostile bytes with nearly any built-in error; all of them mean the same to us.
    except Exception as error:
        raise ImageError("truncated", f"{where} is truncated or corrupt ({error})") from error


def flatten(image: Image.Image) -> Image.Image:
    """RGB of any mode, with what is transparent on white.

    Raises:
        ImageError: too many pixels, or too few.
    """
    _check_size(image, "the picture")
    if image.mode == "RGB":
        return image.copy() if image.readonly else image
    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow clips these modes to 255 instead of scaling them.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _check_size(image: Image.Image, where: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError("bomb", f"{where} claims {width} x {height} pixels, more than {MAX_PIXELS:,}")
    if min(width, height) < MIN_SIDE:
        raise ImageError("too-small", f"{where} has {width} x {height} pixels; at least {MIN_SIDE} a side are needed")
