"""The seal of an exported index: its last 64 bytes are the SHA-256 of all bytes before them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ...errors import StoreError

SIZE = 64
"""Bytes of the seal: a SHA-256 in hex, as the comment of a zip archive."""


def seal(path: Path) -> str:
    """Put the hash of everything before the seal into the seal; returns the hash of the whole file."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        digest = _hash(path, size - SIZE).hexdigest()
        file.seek(size - SIZE)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())
    return _hash(path, size).hexdigest()


def verify(path: Path, sha256: str | None = None) -> None:
    """Check the seal and, with `sha256`, the hash of the whole file.

    Raises:
        StoreError: altered, cut, or another file.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size < SIZE:
        raise StoreError(f"{path} is not an exported index: it has {size} bytes.")
    with path.open("rb") as file:
        file.seek(size - SIZE)
        found = file.read(SIZE)
    if _hash(path, size - SIZE).hexdigest().encode() != found:
        raise StoreError(f"{path} was altered or cut since it was exported (its checksum differs); use another copy.")
    if sha256 is not None and _hash(path, size).hexdigest() != sha256.lower():
        raise StoreError(f"{path} is not the file with the sha256 {sha256}.")


def _hash(path: Path, length: int) -> hashlib._Hash:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while length > 0 and (chunk := file.read(min(length, 2**20))):
            digest.update(chunk)
            length -= len(chunk)
    return digest
