"""Bounded reading of an exported index: it may be a stranger's.

An entry is stored as it is, so that it takes no more memory than the file has bytes; only payloads are compressed,
and a block of them is small. Nothing is unpacked to a path that the archive names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays import MAX_JSON
from ...catalog import Payloads
from ...errors import StoreError
from ...model import NETWORK, Model
from ..manifest import Manifest
from ..picture_source import without_places
from ..stores import Point, Record

CONTENTS = "contents.json"
"""Entry that names the SHA-256 of every other one: none can be left out, renamed or exchanged."""

BLOCK = 1000
"""Most points of a block; wide vectors and long payloads make smaller ones."""

MAX_BLOCK = 64 * 2**20
"""Bytes of a block's vectors."""

MAX_TEXT = 16 * 2**20
"""Bytes of a block's payloads."""

MAX_LINE = 4 * 2**20
"""Bytes of one payload; the longest row that a catalog may have makes half of it."""

MAX_KEYS = 1000
"""Keys of a payload."""

MAX_VALUES = 10_000
"""Texts of one key."""

MAX_MANIFEST = 2**20
MAX_CONTENTS = 32 * 2**20
MAX_FILE = 2**30
MAX_FILES = 64
MAX_ENTRIES = 300_000
MAX_TOTAL = 2**40

_NAME = re.compile(r"(model|attachments)/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|points/\d{6,9}\.(jsonl|f32)|manifest\.json")


@contextmanager
def opened(file: Path) -> Iterator[Contents]:
    """The contents of an archive whose seal was verified.

    Raises:
        StoreError: not an archive that an export writes.
    """
    try:
        archive = zipfile.ZipFile(file)
    # A directory that a stranger altered raises whatever zipfile stumbles over: all mean the same.
    except Exception as error:
        raise StoreError(f"{file} cannot be read ({error}).") from error
    with archive:
        yield Contents(archive, file)


class Contents:
    """The entries of an archive.

    Raises:
        StoreError: entries that no export writes, or more than one may hold.
    """

    def __init__(self, archive: zipfile.ZipFile, file: Path) -> None:
        self.file = file
        self._archive = archive
        self._entries = {info.filename: info for info in archive.infolist()}
        self._check_entries(archive.infolist())
        self._hashes = self._listed()

    def manifest(self) -> Manifest:
        """What built the version; where its images lay is another machine's business."""
        try:
            text = self.read("manifest.json", MAX_MANIFEST).decode()
        except UnicodeDecodeError as error:
            raise StoreError(f"{self.file}: manifest.json is not text ({error}).") from error
        manifest = Manifest.from_json(text, where=str(self.file), encoder=self._encoder)
        # Left in, a stranger's folder would be where pictures of hits are read from.
        return without_places(manifest)

    def _encoder(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.read("model/encoder.json", MAX_JSON))
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{self.file}: its encoder.json is damaged ({error}).") from error
        return found

    def model(self, manifest: Manifest) -> Model:
        """The fitted model, checked against the manifest."""
        with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
            for name in self.names("model/"):
                limit = MAX_JSON if name.endswith(".json") else MAX_FILE
                (Path(folder) / name.partition("/")[2]).write_bytes(self.read(name, limit))
            model = Model.load(Path(folder))
        if model.encoder.file is not None:
            # Not from the folder, which is gone.
            network = partial(self.read, f"model/{NETWORK}", MAX_FILE)
            model = dataclasses.replace(model, encoder=dataclasses.replace(model.encoder, file=network))
        stated = (manifest.model_hash, manifest.encoder.identity, manifest.index_dim, manifest.vector_dim)
        reducer = model.reducer
        found = (model.hash, model.encoder.identity, reducer.index_dim, reducer.vector_dim)
        if (stated, manifest.distance) != (found, reducer.distance):
            raise StoreError(f"{self.file}: its model is not the one that its manifest names.")
        return model

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents of the small files beside the version."""
        for name in self.names("attachments/"):
            yield name.partition("/")[2], self.read(name, MAX_FILE)

    def blocks(self, manifest: Manifest) -> Iterator[list[Point]]:
        """The points of the version that the manifest describes, block by block."""
        for name in self.names("points/", ".jsonl"):
            try:
                yield self._points(name, manifest)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise StoreError(f"{self.file}: {name} is damaged ({error!r}).") from error

    def names(self, start: str, end: str = "") -> list[str]:
        """Entries in order."""
        return sorted(name for name in self._entries if name.startswith(start) and name.endswith(end))

    def read(self, name: str, limit: int) -> bytes:
        """One entry, at most `limit` bytes long, whatever it claims."""
        data = self._read(name, limit)
        if hashlib.sha256(data).hexdigest() != self._hashes[name]:
            raise StoreError(f"{self.file}: {name} is not the entry that {CONTENTS} names.")
        return data

    def _points(self, name: str, manifest: Manifest) -> list[Point]:
        width, payloads = manifest.vector_dim, Payloads(manifest.schema)
        text = self.read(name, MAX_TEXT)
        # Counted before anything is made of them: a line costs its memory many times over.
        count = text.count(b"\n")
        if not 1 <= count <= BLOCK or not text.endswith(b"\n"):
            raise ValueError(f"{count} lines")
        # Not splitlines: a payload may hold other characters that end a line.
        found = [_payload(line, payloads.id) for line in text[:-1].split(b"\n")]
        rows = [len(payloads.contents(each)) if manifest.several else 1 for each in found]
        data = self.read(name.removesuffix(".jsonl") + ".f32", MAX_BLOCK)
        if len(data) != sum(rows) * width * 4 or 0 in rows:
            raise ValueError(f"{len(data)} bytes of vectors, {sum(rows)} x {width} numbers were expected")
        vectors = np.frombuffer(data, "<f4").reshape(sum(rows), width).astype(np.float32)
        if not np.isfinite(vectors).all():
            raise ValueError("a vector is not finite")
        own = np.split(vectors, np.cumsum(rows)[:-1]) if manifest.several else vectors
        return [
            Record(payload[payloads.id], payload, vector).point() for payload, vector in zip(found, own, strict=True)
        ]

    def _read(self, name: str, limit: int) -> bytes:
        if name not in self._entries:
            raise StoreError(f"{self.file} has no {name}.")
        try:
            with self._archive.open(name) as entry:
                data = entry.read(limit + 1)
        # An entry that a stranger altered raises whatever zipfile or zlib stumble over: all mean the same.
        except Exception as error:
            raise StoreError(f"{self.file}: {name} cannot be read ({error}).") from error
        if len(data) > limit:
            raise StoreError(f"{self.file}: {name} is larger than {limit:,} bytes.")
        return data

    def _check_entries(self, infos: list[zipfile.ZipInfo]) -> None:
        strange = [name for name in self._entries if name != CONTENTS and not _NAME.fullmatch(name)]
        if strange or len(self._entries) != len(infos):
            raise StoreError(f"{self.file} holds {strange[:1] or 'an entry twice'}, which no export writes.")
        files = sum(not name.startswith("points/") for name in self._entries)
        if files > MAX_FILES + 2 or len(infos) > MAX_ENTRIES:
            raise StoreError(f"{self.file} holds {len(infos):,} entries, {files} of them files: more than any export.")
        for info in infos:
            plain = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
            packed = info.compress_type == zipfile.ZIP_DEFLATED and info.filename.endswith(".jsonl")
            if not (plain or packed):
                raise StoreError(f"{self.file}: {info.filename} is compressed, which no export does.")
        # Entries that overlap would count the same bytes again and again.
        held, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
        if held > self.file.stat().st_size or unpacked > MAX_TOTAL:
            raise StoreError(f"{self.file} claims to hold {unpacked:,} bytes: more than any export.")

    def _listed(self) -> dict[str, str]:
        try:
            listed = json.loads(self._read(CONTENTS, MAX_CONTENTS))
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{self.file}: {CONTENTS} is damaged ({error}).") from error
        if not isinstance(listed, dict) or listed.keys() != self._entries.keys() - {CONTENTS}:
            raise StoreError(f"{self.file} does not hold the entries that its {CONTENTS} names.")
        return listed


def _payload(line: bytes, id_key: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise ValueError(f"a payload of {len(line):,} bytes")
    payload = json.loads(line)
    if not isinstance(payload, dict) or len(payload) > MAX_KEYS or not isinstance(payload[id_key], str):
        raise ValueError(f"not a payload: {line[:80]!r}")
    for key, value in payload.items():
        texts = isinstance(value, list) and len(value) <= MAX_VALUES and all(isinstance(one, str) for one in value)
        if not texts and not isinstance(value, str | int | float):
            raise ValueError(f"{key} of {payload[id_key][:80]!r} is no value of a column")
    return payload
