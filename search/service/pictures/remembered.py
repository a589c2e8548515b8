"""Features of recent pictures, so that a picture can be asked with again without being sent again.

A table in memory of records of one size

    sha256 of the picture, its part and the encoder (32) | time of the last use (8) | crc32 of the features (4) | them

in sets of eight: a picture has its place in one set, where it takes that of the one that was used longest ago. Several
processes may share the memory and write without a lock: what two of them write at once fails its checksum, and counts
as forgotten. Nothing of it reaches a disk.
"""

from __future__ import annotations

import hashlib
import mmap
import time
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float

WAYS = 8

Memory = bytearray | memoryview | mmap.mmap


class RememberedFeatures:
    """The features of recent pictures.

    Args:
        memory: at least some ten records long; zeros at first.
        now: seconds that rise.
    """

    def __init__(self, memory: Memory, now: Callable[[], float] = time.time) -> None:
        self._memory = memory
        self._now = now
        self._tables: dict[int, NDArray[np.void]] = {}

    def get(self, picture: str, part: str, encoder: str, width: int) -> Float | None:
        """The features float32[width] of a picture; None where they are not known, or no longer.

        Args:
            picture: sha256 of its bytes, hexadecimal.
            part: which part of it; empty for all.
            encoder: fingerprint of the one that made them.
            width: of its features.
        """
        key = _key(picture, part, encoder)
        row = self._set(key, width)
        for record in row:
            if record["key"].tobytes() == key:
                features: Float = record["features"].copy()
                if zlib.crc32(features.tobytes(), zlib.crc32(key)) != record["crc"]:
                    return None
                record["used"] = self._now()
                return features
        return None

    def put(self, picture: str, part: str, encoder: str, features: Float) -> None:
        """Remember the features float32[width] of a picture."""
        key = _key(picture, part, encoder)
        row = self._set(key, len(features))
        if not len(row):
            return
        same = [at for at, record in enumerate(row) if record["key"].tobytes() == key]
        record = row[same[0] if same else int(np.argmin(row["used"]))]
        # Whoever reads meanwhile finds a checksum that does not fit.
        record["crc"] = ~zlib.crc32(features.tobytes(), zlib.crc32(key)) & 0xFFFFFFFF
        record["key"], record["features"], record["used"] = np.void(key), features, self._now()
        record["crc"] = zlib.crc32(np.ascontiguousarray(features, np.float32).tobytes(), zlib.crc32(key))

    def close(self) -> None:
        """Let go of the memory; all is forgotten."""
        self._tables.clear()
        self._memory = bytearray()

    def _set(self, key: bytes, width: int) -> NDArray[np.void]:
        table = self._tables.get(width)
        if table is None:
            record = np.dtype([("key", "V32"), ("used", "<f8"), ("crc", "<u4"), ("features", "<f4", (width,))])
            rows = len(self._memory) // record.itemsize // WAYS * WAYS
            table = self._tables[width] = np.frombuffer(self._memory, record, rows).reshape(-1, WAYS)
        if not len(table):
            return np.empty(0, table.dtype)
        row: NDArray[np.void] = table[int.from_bytes(key[:8], "little") % len(table)]
        return row


def _key(picture: str, part: str, encoder: str) -> bytes:
    return hashlib.sha256(f"{picture} {part} {encoder}".encode()).digest()
