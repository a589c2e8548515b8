"""Open an image safely: one decode for indexing and for queries.

Every way in which a picture can be broken becomes an `ImageError` with a short stable reason:

    missing  not-a-file  unreadable  empty  too-large  wrong-format  bomb  too-small  truncated
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import ImageError
from .jpeg_scans import count_scans

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Formats that a shop's pictures come in; Pillow's many others are attack surface."""

DECODE_SIDE = 240
"""Indexing and queries decode large JPEGs at the smallest scale with at least this many pixels a side."""

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000
MAX_SCANS = 100
MIN_SIDE = 8

# Opening a pipe that nobody writes to waits for ever unless it is non-blocking, which Windows neither has nor needs.
# Windows alone has text files, in which line ends are translated.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_image_bytes(path: Path) -> bytes:
    """The content of an image file.

    Raises:
        ImageError: missing, not a regular file (a pipe would hang), unreadable, empty or over 64 MiB.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        raise ImageError("missing", f"there is no file {path}") from None
    except OSError as error:
        # What a socket answers.
        reason = "not-a-file" if error.errno == errno.ENXIO else "unreadable"
        raise ImageError(reason, f"{path} cannot be opened ({error.strerror})") from error
    except ValueError as error:
        raise ImageError("unreadable", f"{str(path)!r} cannot be opened ({error})") from error
    try:
        data = _read(descriptor, path)
    except OSError as error:
        raise ImageError("unreadable", f"{path} cannot be read ({error.strerror})") from error
    finally:
        os.close(descriptor)
    if not data:
        raise ImageError("empty", f"{path} has no content")
    return data


def _read(descriptor: int, path: Path) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("not-a-file", f"{path} is not a regular file")
    if status.st_size > MAX_BYTES:
        raise ImageError("too-large", f"{path} has {status.st_size:,} bytes, more than {MAX_BYTES:,}")
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read(MAX_BYTES)


def content_hash(data: bytes) -> str:
    """SHA-256 of an image file's bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def open_image(source: Path | bytes, *, max_pixels: int = MAX_PIXELS, side: int | None = None) -> Image.Image:
    """Decode to RGB, upright, transparency on white.

    Args:
        source: a path, or the bytes of an image file.
        max_pixels: refuse what claims to have more, before it is decoded.
        side: decode large JPEGs at the smallest scale that still has this many pixels a side.

    Raises:
        ImageError: with one of the reasons above.
    """
    data = read_image_bytes(source) if isinstance(source, Path) else source
    where = str(source) if isinstance(source, Path) else "the picture"
    if not data:
        raise ImageError("empty", f"{where} has no content")
    try:
        with _QUIET, Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, where, max_pixels)
            # Pillow calls a JPEG that contains further pictures MPO.
            if image.format in ("JPEG", "MPO") and count_scans(data, at_most=MAX_SCANS) > MAX_SCANS:
                raise ImageError("bomb", f"{where} has over {MAX_SCANS} scans, each as costly as a picture")
            if side is not None:
                image.draft("RGB", (side, side))
            image.load()
            return flatten(ImageOps.exif_transpose(image), max_pixels=max_pixels)
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


def flatten(image: Image.Image, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """RGB of any mode, with what is transparent on white.

    Raises:
        ImageError: too many pixels, or too few.
    """
    _check_size(image, "the picture", max_pixels)
    keyed = "transparency" in image.info
    if image.mode == "RGB" and not keyed:
        return image.copy() if image.readonly else image
    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow clips these modes to 255 instead of scaling them.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or keyed:
        rgba = image.convert("RGBA")
        # Pasted, not composited as two layers: that would take twice the memory.
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba)
        return white
    return image.convert("RGB")


def _check_size(image: Image.Image, where: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError("bomb", f"{where} claims {width} x {height} pixels, more than {max_pixels:,}")
    if min(width, height) < MIN_SIDE:
        raise ImageError("too-small", f"{where} has {width} x {height} pixels; at least {MIN_SIDE} a side are needed")


class _Quiet:
    """Ignores Pillow's warnings, about odd metadata and sizes over our own bound, while any thread decodes.

    `warnings.catch_warnings` swaps a list that all threads share: two that overlap would restore each
    other's, and the process would ignore warnings for ever after. So the first in sets, the last out restores.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._saved.__exit__(None, None, None)


_QUIET = _Quiet()
