"""Writes the points and files of one version on a server."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from qdrant_client import models

from ....errors import StoreError
from ....model import Model
from ...manifest import Manifest
from ..base import Candidate
from ..points import Point
from . import qdrant_requests
from .connection import READ
from .index_files import FileTable, IndexFiles
from .lease import Lease
from .metadata import set_metadata
from .qdrant_filters import server_id
from .sink import ServerSink

DELETE_BATCH = 10_000

COUNT_PATIENCE = 30.0
"""Seconds that replicas may take to agree on the final count."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer writes.

    Attributes:
        version: its name.
        collection: its collection, which exists.
        model: saved with the version; None keeps the files that it has.
        candidate: what a commit hands out.
        files: that the version has already.
        kept: fields of the manifest that stay as they are.
        take_back: undoes an update in place; None for a version of its own, of which nothing is visible yet.
        resumed: points that a killed predecessor wrote are not written again.
    """

    version: str
    collection: str
    model: Model | None = None
    candidate: Callable[[Manifest], Candidate] | None = None
    files: FileTable = field(default_factory=list)
    kept: Mapping[str, Any] = field(default_factory=dict)
    take_back: Callable[[], None] | None = None
    resumed: bool = False


class ServerWriter:
    """Writes the points of one version; holds the lease until it commits or aborts.

    Args:
        index_files: the collection of files.
        lease: already acquired.
        draft: what is written.
    """

    def __init__(self, index_files: IndexFiles, lease: Lease, draft: Draft) -> None:
        connection = index_files.connection
        self.version = draft.version
        self._connection = connection
        self._index_files = index_files
        self._lease = lease
        self._draft = draft
        self._collection = draft.collection
        self._attachments: dict[str, bytes] = {}
        self._pool = ThreadPoolExecutor(connection.options.parallel, thread_name_prefix="upload")
        self._pending: deque[tuple[Future[None], frozenset[str]]] = deque()
        self._done = False

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points; returns before the last batches have arrived.

        What concerns one product arrives in the order of the calls, whatever is sent at once or again.
        """
        for batch in qdrant_requests.batches(points, self._connection.options.batch):
            self._submit(partial(self._upload, batch), [point.key for point in batch])

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of points, by key; their vectors stay."""
        items = list(payloads.items())
        size = self._connection.options.batch
        for start in range(0, len(items), size):
            operations = [
                models.OverwritePayloadOperation(
                    overwrite_payload=models.SetPayload(payload=dict(payload), points=[server_id(key)])
                )
                for key, payload in items[start : start + size]
            ]
            self._submit(partial(self._update, operations), [key for key, _ in items[start : start + size]])

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        # What is on its way may concern the same points.
        self.flush()
        for start in range(0, len(keys), DELETE_BATCH):
            self._remove([server_id(key) for key in keys[start : start + DELETE_BATCH]])

    def flush(self) -> None:
        """Wait until everything has arrived."""
        while self._pending:
            self._pending.popleft()[0].result()

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file beside the version."""
        if "/" in name or not name:
            raise ValueError(f"{name!r} cannot be attached")
        self._attachments[name] = content

    def sink(self) -> ServerSink:
        """Uploads from other processes; a point is written by one of them, or here, not by both."""
        return ServerSink.of(self._connection, self._collection)

    def commit(self, manifest: Manifest) -> Candidate:
        """Make the version visible, after all points have arrived and were counted."""
        draft = self._draft
        if draft.candidate is None:
            raise ValueError(f"{self.version} can only be restored")
        try:
            self.flush()
            self._check_count(manifest.products, patient=(manifest.layout.replication_factor or 1) > 1)
            fresh = {**self._model_files(), **self._attachments}
            saved = self._index_files.save_files(self.version, fresh)
            files = [*(entry for entry in draft.files if entry["name"] not in fresh), *saved]
            manifest = dataclasses.replace(manifest.stamped(self.version), **draft.kept)
            self._write_metadata({"state": "committed", "manifest": json.loads(manifest.to_json()), "files": files})
            if draft.take_back is None:
                # Of an update in place the replaced files are what it may be taken back to.
                self._index_files.keep_only(self.version, files)
        except BaseException:
            self.abort()
            raise
        self._close()
        return draft.candidate(manifest)

    def restore(self, metadata: Mapping[str, Any], count: int | None, journal: str) -> None:
        """Commit what was there before an update; what the update kept, under its own name and `journal`, goes."""
        try:
            self.flush()
            if count is not None:
                self._check_count(count, patient=True)
            self._write_metadata(metadata)
            # What cannot be removed at once, the next prune sweeps.
            with suppress(StoreError):
                self._index_files.keep_only(self.version, metadata["files"])
                self._index_files.keep_only(journal, [])
        finally:
            self._close()

    def abort(self) -> None:
        """Give up; nothing becomes visible, and what was uploaded serves the next run. Harmless after a commit."""
        if self._done:
            return
        self._close()
        if self._draft.take_back is not None:
            # Where the server is away, the next run does it first.
            with suppress(StoreError):
                self._draft.take_back()

    def _close(self) -> None:
        self._done = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._lease.release()

    def _write_metadata(self, metadata: Mapping[str, Any]) -> None:
        self._lease.check()
        set_metadata(self._connection, self._collection, metadata)

    def _submit(self, work: Callable[[], None], ids: Sequence[str]) -> None:
        # A retried batch may land last: it must not be an older one of the same product.
        if any(not pending.isdisjoint(ids) for _, pending in self._pending):
            self.flush()
        self._pending.append((self._pool.submit(work), frozenset(ids)))
        while len(self._pending) > 2 * self._connection.options.parallel:
            self._pending.popleft()[0].result()

    def _upload(self, batch: Sequence[Point]) -> None:
        points = [qdrant_requests.point(source) for source in batch]
        if self._draft.resumed:
            ids = [point.id for point in points]
            there = self._connection.write(
                lambda client: client.retrieve(self._collection, ids, with_payload=False, with_vectors=False),
                right=READ,
            )
            known = {found.id for found in there}
            points = [point for point in points if point.id not in known]
        if points:
            self._connection.write(lambda client: client.upsert(self._collection, points, wait=True))

    def _remove(self, points: list[Any]) -> None:
        selector = models.PointIdsList(points=points)
        self._connection.write(lambda client: client.delete(self._collection, points_selector=selector, wait=True))

    def _update(self, operations: Sequence[models.OverwritePayloadOperation]) -> None:
        self._connection.write(lambda client: client.batch_update_points(self._collection, list(operations), wait=True))

    def _check_count(self, expected: int, *, patient: bool) -> None:
        deadline = time.monotonic() + (COUNT_PATIENCE if patient else 0.0)
        while True:
            found = self._connection.write(lambda client: client.count(self._collection, exact=True), right=READ).count
            if found == expected:
                return
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"{self.version} holds {found} products, {expected} were expected; it stays invisible."
                )
            time.sleep(0.5)

    def _model_files(self) -> dict[str, bytes]:
        if self._draft.model is None:
            return {}
        with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
            self._draft.model.save(Path(folder) / "model")
            return {f"model/{path.name}": path.read_bytes() for path in (Path(folder) / "model").iterdir()}
