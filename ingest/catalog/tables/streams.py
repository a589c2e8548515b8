"""A file's content in blocks of bytes, unpacked on the way where it is gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ...errors import CatalogError

GZIP = b"\x1f\x8b"

_BLOCK = 2**20


def byte_blocks(path: Path, size: int = _BLOCK) -> Iterator[bytes]:
    """Blocks of at most `size` bytes, never all at once: a packed file can be a thousand times larger.

    Raises:
        CatalogError: the file cannot be read or unpacked.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            source: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file) if packed else file
            while block := source.read(size):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CatalogError(f"{path} is damaged and cannot be unpacked ({error}). Pack it again.") from error
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error


def first_bytes(path: Path, size: int) -> bytes:
    """The first `size` bytes, unpacked.

    Raises:
        CatalogError: the file cannot be read or unpacked.
    """
    blocks = byte_blocks(path, size)
    head = b""
    # A block of a packed file may be shorter than it was asked for.
    while len(head) < size and (block := next(blocks, None)):
        head += block
    blocks.close()  # type: ignore[attr-defined] # a generator
    return head[:size]


def packed(path: Path) -> bool:
    """Whether the file is gzip.

    Raises:
        CatalogError: the file cannot be read.
    """
    return magic(path).startswith(GZIP)


def magic(path: Path) -> bytes:
    """The first eight bytes as they are.

    Raises:
        CatalogError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
