"""The cache of feature vectors: image content x encoder fingerprint to vector.

The costly step of an ingest runs once per distinct image and encoder, whatever is re-indexed, re-reduced
or interrupted. One append-only file per encoder holds fixed-size records

    sha256 of the image's bytes (32) | crc32 of hash and vector (4) | vector (4 x dim)

after a header. A process killed while writing leaves at most a torn last record, which the next writer cuts
off; a record whose checksum fails counts as absent and is encoded again.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ..arrays import Float
from ..encoders import EncoderSpec
from ..errors import StoreError

_MAGIC = b"likewise-embeddings-1\n"
BLOCK = 4096
"""Records that are copied at once."""

_HEADER = struct.Struct("<32s64sI28x")


class Features(Protocol):
    """Feature vectors by the content of the pictures: no one outside knows where they lie."""

    def get(self, contents: Sequence[str]) -> Float:
        """float32[n, D] of the pictures with these hashes.

        Raises:
            StoreError: one of them is not there.
        """

    def has(self, contents: Sequence[str]) -> NDArray[np.bool_]:
        """bool[n]: whether the features of each picture are there, and whole."""


@dataclass(frozen=True, slots=True)
class Leading:
    """The first `width` numbers of all vectors: those of the encoder that a joined one begins with."""

    features: Features
    width: int

    def get(self, contents: Sequence[str]) -> Float:
        """float32[n, width]; see `Features`."""
        return np.ascontiguousarray(self.features.get(contents)[:, : self.width])

    def has(self, contents: Sequence[str]) -> NDArray[np.bool_]:
        """See `Features`."""
        return self.features.has(contents)


class FeatureCache:
    """Feature vectors of one encoder, in one file.

    Args:
        folder: where the cache files of all encoders live.
        encoder: whose vectors they are.
        create: make what is missing and mend what is torn; without, nothing is written, and no file is an empty one.

    Raises:
        StoreError: the file belongs to something else, or cannot be created.
    """

    def __init__(self, folder: Path, encoder: EncoderSpec, *, create: bool = True) -> None:
        fingerprint, dim = encoder.fingerprint, encoder.dim
        self.path = folder / f"{fingerprint}.vectors"
        self.encoder = encoder
        self._record = np.dtype([("content", "V32"), ("crc", "<u4"), ("vector", "<f4", (dim,))])
        self._header = _HEADER.pack(_MAGIC, fingerprint.encode(), dim)
        self._rows: dict[bytes, int] = {}
        self._file: tuple[int, int] | None = None
        self._map: NDArray[Any] = np.empty(0, self._record)
        if not create:
            if self.path.is_file() and read_header(self.path) == (fingerprint, dim):
                self._refresh()
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._locked() as file:
                self._repair(file)
            _note(self.path, encoder)
        except (OSError, NotImplementedError) as error:
            raise self._unusable("opened", error) from error
        self._refresh()

    def __len__(self) -> int:
        """Number of records."""
        return len(self._map)

    def mark_used(self) -> None:
        """Keep the time of this use, by which a prune goes."""
        os.utime(self.path)

    @property
    def contents(self) -> list[str]:
        """The hashes of all pictures whose features are there, hexadecimal."""
        return [content.hex() for content in self._rows]

    def get(self, contents: Sequence[str]) -> Float:
        """float32[n, dim] of the pictures with these hashes, copied from the memory map.

        Raises:
            StoreError: one of them is not there, or its record is damaged.
        """
        rows = self._lookup(contents)
        if (rows < 0).any():
            missing = contents[int(np.argmin(rows))]
            raise StoreError(
                f"The features of {int((rows < 0).sum())} pictures are not in {self.path}, such as {missing}. "
                "Run the same command again: it encodes what is missing."
            )
        return np.ascontiguousarray(self._map["vector"][rows])

    def has(self, contents: Sequence[str]) -> NDArray[np.bool_]:
        """bool[n]: whether the features of each picture are there, and whole."""
        return self._lookup(contents) >= 0

    def _lookup(self, contents: Sequence[str]) -> NDArray[np.intp]:
        """Row of each content hash, -1 where it has to be encoded."""
        rows = np.array([self._rows.get(bytes.fromhex(content), -1) for content in contents], dtype=np.intp)
        for at in np.flatnonzero(rows >= 0):
            if not self._intact(int(rows[at])):
                rows[at] = -1
        return rows

    def append(self, contents: Sequence[str], vectors: Float) -> None:
        """Add the features float32[n, dim] of pictures durably: they are on the disk when this returns.

        Raises:
            StoreError: the disk is full or the file is read-only; nothing half-written stays visible.
        """
        block = np.empty(len(contents), self._record)
        block["content"] = np.frombuffer(b"".join(map(bytes.fromhex, contents)), "V32")
        block["vector"] = vectors
        block["crc"] = [_crc(record) for record in block]
        try:
            with self._locked() as file:
                self._repair(file)
                file.seek(0, os.SEEK_END)
                file.write(block.tobytes())
                file.flush()
                os.fsync(file.fileno())
        except (OSError, NotImplementedError) as error:
            raise self._unusable("written", error) from error
        self._refresh()

    def rewrite(self, contents: Sequence[str]) -> None:
        """Keep the features of these pictures alone; who has the file open goes on reading the old one.

        Raises:
            StoreError: the disk is full or the file is read-only; then the file stays as it was.
        """
        partial = self.path.with_suffix(".partial")
        try:
            with FileLock(self.path.with_suffix(".lock")):
                with partial.open("wb") as file:
                    file.write(self._header)
                    for start in range(0, len(contents), BLOCK):
                        rows = self._lookup(contents[start : start + BLOCK])
                        file.write(self._map[rows[rows >= 0]].tobytes())
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(self.path)
        except (OSError, NotImplementedError) as error:
            partial.unlink(missing_ok=True)
            raise self._unusable("written", error) from error
        self._refresh()

    @staticmethod
    def count(size: int, dim: int) -> int:
        """Number of records in a file of this size."""
        return max(0, size - _HEADER.size) // (36 + 4 * dim)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        # A lock of the operating system: a killed process releases it.
        with (
            FileLock(self.path.with_suffix(".lock")),
            os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0) as file,
        ):
            yield file

    def _unusable(self, what: str, error: Exception) -> StoreError:
        # The file that is in the way may be the lock beside the cache, or the folder.
        path = getattr(error, "filename", None) or self.path
        return StoreError(
            f"The embedding cache {path} cannot be {what}: {getattr(error, 'strerror', None) or error}. "
            "May this user write there?"
        )

    def _repair(self, file: IO[bytes]) -> None:
        size = os.fstat(file.fileno()).st_size
        if size < _HEADER.size:
            file.truncate(0)
            file.write(self._header)
            os.fsync(file.fileno())
            return
        file.seek(0)
        if file.read(_HEADER.size) != self._header:
            raise StoreError(f"{self.path} is not an embedding cache of this encoder; move it away and run again.")
        torn = (size - _HEADER.size) % self._record.itemsize
        if torn:
            file.truncate(size - torn)

    def _refresh(self) -> None:
        found = self.path.stat()
        count = (found.st_size - _HEADER.size) // self._record.itemsize
        if (found.st_dev, found.st_ino) != self._file or count < len(self._map):
            # Another file: a prune has replaced it.
            self._file, self._map, self._rows = (found.st_dev, found.st_ino), np.empty(0, self._record), {}
        known = len(self._map)
        if count == known:
            return
        self._map = np.memmap(self.path, self._record, mode="r", offset=_HEADER.size, shape=(count,))
        for row, content in enumerate(self._map["content"][known:].tolist(), start=known):
            self._rows[bytes(content)] = row

    def _intact(self, row: int) -> bool:
        record = self._map[row]
        return int(record["crc"]) == _crc(record)


def read_header(path: Path) -> tuple[str, int] | None:
    """The encoder's fingerprint and the width of its vectors; None for a file that is no cache."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    magic, fingerprint, dim = _HEADER.unpack(head)
    if magic.rstrip(b"\0") != _MAGIC:
        return None
    return fingerprint.rstrip(b"\0").decode("ascii", "replace"), dim


def _note(path: Path, encoder: EncoderSpec) -> None:
    """Say beside a file, which knows the fingerprint only, whose it is."""
    note = path.with_suffix(".json")
    if encoder.name and not note.exists():
        note.write_text(json.dumps({"encoder": encoder.name, "precision": encoder.precision}) + "\n", "utf-8")


def _crc(record: Any) -> int:  # noqa: ANN401 - one numpy record
    return zlib.crc32(record["vector"].tobytes(), zlib.crc32(record["content"].tobytes()))
