"""The bytes of an image file, and nothing that would hang or fill the memory."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from ..errors import ImageError

MAX_BYTES = 64 * 2**20

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
