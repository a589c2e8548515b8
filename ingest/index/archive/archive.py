"""One version in one file: for backups, and to move an index between a folder and a server.

A zip archive, sealed with the SHA-256 of all its bytes: what was altered or cut anywhere is refused before anything
is read.

manifest.json          what built the version
model/…                the fitted model
attachments/…          small files beside the version
points/000000.jsonl    payloads of a block of points, one a line
points/000000.f32      their vectors, little-endian float32
contents.json          the SHA-256 of every entry above
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ...catalog import Payloads, catalog_fingerprint
from ...errors import NotFoundError, StoreError
from ...progress import Progress
from ..layout import Layout
from ..manifest import Manifest
from ..picture_source import without_places
from ..stores import Reader, Record, Store
from ..stores.files import sync_folder
from . import contents as archive_contents
from . import seal as archive_seal
from .contents import BLOCK, CONTENTS, MAX_BLOCK, MAX_LINE, MAX_TEXT, Contents


def export_version(reader: Reader, file: Path, progress: Progress) -> str:
    """Write a version to a file, which appears whole or not at all; returns its SHA-256.

    Raises:
        StoreError: the file cannot be written, the store cannot be read, or is damaged.
    """
    partial = file.with_name(f".{file.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            _write(_Entries(archive), reader, progress)
            archive.comment = b"0" * archive_seal.SIZE
        found = archive_seal.seal(partial)
        partial.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return found


def restore_version(
    store: Store, file: Path, progress: Progress, *, sha256: str | None = None, layout: Layout | None = None
) -> str:
    """Read a file as a new version, committed and not yet published; returns its name.

    Args:
        store: where the version goes.
        file: written by `export_version`.
        progress: told about the stages.
        sha256: hash that the whole file must have.
        layout: on a server; by default the one that the version had.

    Raises:
        StoreError: altered, cut, or not such a file; or the store cannot be written.
        IncompatibleError: written by a release with another format.
        NotFoundError: no such file.
    """
    try:
        with progress.stage("verify"):
            archive_seal.verify(file, sha256)
        with archive_contents.opened(file) as contents:
            return _restore(store, contents, layout, progress)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {file}.") from error
    except OSError as error:
        raise StoreError(f"{file} cannot be read ({error}).") from error


class _Entries:
    """Writes entries and remembers their hashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._hashes: dict[str, str] = {}

    def add(self, name: str, data: bytes, *, compress: bool = False) -> None:
        """Only what is compressed can unpack to more than the file has bytes: payloads, in small blocks."""
        self._hashes[name] = hashlib.sha256(data).hexdigest()
        self._archive.writestr(name, data, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED, 1)

    def close(self) -> None:
        self._archive.writestr(CONTENTS, json.dumps(self._hashes, indent=0))


def _write(entries: _Entries, reader: Reader, progress: Progress) -> None:
    manifest = reader.manifest
    # Where the images lie is this machine's business.
    entries.add("manifest.json", without_places(manifest).to_json().encode())
    with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
        reader.model().save(Path(folder) / "model")
        for path in sorted((Path(folder) / "model").iterdir()):
            entries.add(f"model/{path.name}", path.read_bytes())
    for name in reader.attachments():
        entries.add(f"attachments/{name}", reader.attachment(name))
    digests: list[bytes] = []
    payloads = Payloads(manifest.schema)
    with progress.stage("export", manifest.products) as advance:
        blocks = _blocks(reader.scroll(with_vector=True, batch=BLOCK), manifest.vector_dim)
        for number, (records, text) in enumerate(blocks):
            entries.add(f"points/{number:06d}.jsonl", text, compress=True)
            # One row a picture, where points have several vectors: a payload tells how many.
            vectors = np.concatenate([np.atleast_2d(record.point().vector) for record in records]).astype("<f4")
            entries.add(f"points/{number:06d}.f32", vectors.tobytes())
            digests += [payloads.digest(record.payload) for record in records]
            advance(len(records))
    _check_whole(manifest, digests)
    entries.close()


def _check_whole(manifest: Manifest, digests: list[bytes]) -> None:
    """Refuse what no restore would take."""
    if len(digests) != manifest.products:
        differs = f"holds {len(digests)} products, its manifest states {manifest.products}"
    elif manifest.catalog_fingerprint and catalog_fingerprint(digests) != manifest.catalog_fingerprint:
        differs = "holds other products than its manifest states"
    else:
        return
    raise StoreError(
        f"{manifest.version} {differs}: the store is damaged, or an update by an earlier release was interrupted. Run "
        "`likewise reindex CATALOG`, or roll back to another version; then export again."
    )


def _restore(store: Store, contents: Contents, layout: Layout | None, progress: Progress) -> str:
    manifest = contents.manifest()
    manifest = dataclasses.replace(manifest, layout=layout or manifest.layout)
    model = contents.model(manifest)
    writer = store.begin(manifest, model)
    try:
        with progress.stage("restore", manifest.products) as advance:
            found = 0
            for points in contents.blocks(manifest):
                found += len(points)
                if found > manifest.products:
                    raise StoreError(
                        f"{contents.file} holds {found} products, its manifest states {manifest.products}."
                    )
                writer.upsert(points)
                advance(len(points))
        for name, content in contents.attachments():
            try:
                writer.attach(name, content)
            except ValueError as error:
                raise StoreError(f"{contents.file}: {error}.") from error
        return writer.commit(manifest).version
    except BaseException:
        writer.abort()
        raise


def _blocks(records: Iterable[Record], width: int) -> Iterator[tuple[list[Record], bytes]]:
    """Records and their payloads as text, in blocks that a restore takes however wide the vectors are."""
    most = max(1, min(BLOCK, MAX_BLOCK // (4 * max(width, 1))))
    block: list[Record] = []
    lines: list[bytes] = []
    size = rows = 0
    for record in records:
        line = json.dumps(record.payload, ensure_ascii=False).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise StoreError(f"The payload of {record.id} has {len(line):,} bytes, at most {MAX_LINE:,} are exported.")
        own = len(np.atleast_2d(record.point().vector))
        if block and (rows + own > most or size + len(line) > MAX_TEXT):
            yield block, b"".join(lines)
            block, lines, size, rows = [], [], 0, 0
        block.append(record)
        lines.append(line)
        size += len(line)
        rows += own
    if block:
        yield block, b"".join(lines)
