"""One version in one file: for backups, and to move an index between a folder and a server.

A zip archive: `manifest.json`, `model/…`, `attachments/…`, and blocks of points, `points/000000.jsonl` with the
payloads and `points/000000.f32` with the vectors (little-endian float32). Its comment, the last 64 bytes of the
file, is the SHA-256 of all bytes before it: what was altered or cut anywhere is refused before anything is
read. Nothing of it is ever unpacked to a path that it names, and all sizes are bounded: it may be a stranger's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from .errors import NotFoundError, StoreError
from .manifest import Manifest
from .model import Model
from .progress import Progress
from .stores import Point, Reader, Record, Store
from .stores.files import sync_folder

BLOCK = 1000
MAX_BLOCK = 256 * 2**20
MAX_FILE = 2**30
MAX_TEXT = 16 * 2**20
_SEAL = 64
_NAME = re.compile(r"(model|attachments)/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|points/\d{6,}\.(jsonl|f32)|manifest\.json")


def export_version(reader: Reader, file: Path, progress: Progress) -> str:
    """Write a version to a file, which appears whole or not at all; returns its SHA-256.

    Raises:
        StoreError: the file cannot be written, or the store cannot be read.
    """
    partial = file.with_name(f".{file.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _write(archive, reader, progress)
            archive.comment = b"0" * _SEAL
        digest = _seal(partial)
        partial.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return digest


def restore_version(store: Store, file: Path, progress: Progress, *, sha256: str | None = None) -> str:
    """Read a file as a new version, committed and not yet published; returns its name.

    Args:
        store: where the version goes.
        file: written by `export_version`.
        progress: told about the stages.
        sha256: hash that the whole file must have.

    Raises:
        StoreError: altered, cut, or not such a file; or the store cannot be written.
        IncompatibleError: written by a release with another format.
        NotFoundError: no such file.
    """
    try:
        with progress.stage("verify"):
            _verify(file, sha256)
        with zipfile.ZipFile(file) as archive:
            return _restore(store, _Contents(archive, file), progress)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {file}.") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise StoreError(f"{file} cannot be read ({error}).") from error


def _write(archive: zipfile.ZipFile, reader: Reader, progress: Progress) -> None:
    # Where the images lie is this machine's business.
    manifest = dataclasses.replace(reader.manifest, catalog="", parent=None)
    archive.writestr("manifest.json", manifest.to_json())
    with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
        reader.model().save(Path(folder) / "model")
        for path in sorted((Path(folder) / "model").iterdir()):
            archive.write(path, f"model/{path.name}")
    for name in reader.attachments():
        archive.writestr(f"attachments/{name}", reader.attachment(name))
    with progress.stage("export", manifest.products) as advance:
        for number, block in enumerate(_blocks(reader.scroll(with_vector=True, batch=BLOCK))):
            lines = "".join(json.dumps(record.payload, ensure_ascii=False) + "\n" for record in block)
            vectors = np.stack([_vector(record) for record in block]).astype("<f4")
            archive.writestr(f"points/{number:06d}.jsonl", lines)
            # Vectors do not compress.
            archive.writestr(f"points/{number:06d}.f32", vectors.tobytes(), zipfile.ZIP_STORED)
            advance(len(block))


def _restore(store: Store, contents: _Contents, progress: Progress) -> str:
    manifest = Manifest.from_json(contents.read("manifest.json", MAX_TEXT).decode(), where=str(contents.file))
    with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
        for name in contents.names("model/"):
            (Path(folder) / name.partition("/")[2]).write_bytes(contents.read(name, MAX_FILE))
        model = Model.load(Path(folder))
    if model.hash != manifest.model_hash:
        raise StoreError(f"{contents.file}: its model is not the one that its manifest names.")
    writer = store.create_version(manifest, model)
    try:
        with progress.stage("restore", manifest.products) as advance:
            for name in contents.names("points/", ".jsonl"):
                points = contents.points(name, manifest.stored)
                writer.upsert(points)
                advance(len(points))
        for name in contents.names("attachments/"):
            writer.attach(name.partition("/")[2], contents.read(name, MAX_FILE))
        return writer.commit(manifest)
    except BaseException:
        writer.abort()
        raise


class _Contents:
    """Bounded reading of an archive's entries."""

    def __init__(self, archive: zipfile.ZipFile, file: Path) -> None:
        self.file = file
        self._archive = archive
        self._sizes = {info.filename: info.file_size for info in archive.infolist()}
        strange = [name for name in self._sizes if not _NAME.fullmatch(name)]
        if strange or len(self._sizes) != len(archive.infolist()):
            raise StoreError(f"{file} holds {strange[:1] or 'an entry twice'}, which no export writes.")

    def names(self, start: str, end: str = "") -> list[str]:
        """Entries in order."""
        return sorted(name for name in self._sizes if name.startswith(start) and name.endswith(end))

    def read(self, name: str, limit: int) -> bytes:
        """One entry, at most `limit` bytes long, whatever it claims."""
        if name not in self._sizes:
            raise StoreError(f"{self.file} has no {name}.")
        try:
            with self._archive.open(name) as entry:
                data = entry.read(limit + 1)
        # An entry that a stranger altered raises whatever zipfile or zlib stumble over: all mean the same.
        except Exception as error:
            raise StoreError(f"{self.file}: {name} cannot be read ({error}).") from error
        if len(data) > limit:
            raise StoreError(f"{self.file}: {name} is larger than {limit} bytes.")
        return data

    def points(self, name: str, dim: int) -> list[Point]:
        """The points of one block."""
        try:
            # Not splitlines: a payload may hold other characters that end a line.
            lines = self.read(name, MAX_BLOCK).decode().split("\n")[:-1]
            payloads = [json.loads(line) for line in lines]
            data = self.read(name.removesuffix(".jsonl") + ".f32", MAX_BLOCK)
            vectors = np.frombuffer(data, "<f4").reshape(len(payloads), dim).astype(np.float32)
            if not np.isfinite(vectors).all():
                raise ValueError("a vector is not finite")
            return [
                Point(str(payload["id"]), vector, dict(payload))
                for payload, vector in zip(payloads, vectors, strict=True)
            ]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"{self.file}: {name} is damaged ({error!r}).") from error


def _seal(path: Path) -> str:
    """Put the hash of everything before the seal into the seal; returns the hash of the whole file."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        digest = _hash(path, size - _SEAL).hexdigest()
        file.seek(size - _SEAL)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())
    return _hash(path, size).hexdigest()


def _verify(path: Path, sha256: str | None) -> None:
    size = path.stat().st_size
    if size < _SEAL:
        raise StoreError(f"{path} is not an exported index: it has {size} bytes.")
    with path.open("rb") as file:
        file.seek(size - _SEAL)
        seal = file.read(_SEAL)
    if _hash(path, size - _SEAL).hexdigest().encode() != seal:
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


def _blocks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while block := list(islice(records, BLOCK)):
        yield block


def _vector(record: Record) -> np.ndarray:
    if record.vector is None:
        raise StoreError(f"{record.id} has no vector; roll back to another version.")
    return record.vector
