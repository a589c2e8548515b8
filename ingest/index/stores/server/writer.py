"""Builds a version on a server, or changes the published one in place."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from qdrant_client import models

from ....errors import StoreError
from ....model.model import Model
from ...manifest import Manifest, library_versions
from ..base import Point
from . import qdrant_requests
from .connection import Connection
from .index_files import FileTable, IndexFiles
from .lease import Lease
from .metadata import UNFINISHED, set_metadata
from .sizes import MAX_BYTES, NUMBER, PRODUCT

DELETE_BATCH = 10_000

COUNT_PATIENCE = 30.0
"""Seconds that replicas may take to agree on the final count."""


class ServerWriter:
    """Writes the points of one version; holds the lease until it commits or aborts.

    Args:
        connection: to the server.
        index_files: the collection of files.
        lease: already acquired.
        version: name of the version.
        collection: its collection, which exists.
        model: saved with the version; None keeps the files that `table` names (an update in place).
        table: files that the version has already.
        provisional: also after the commit the version stays marked as unfinished.
        resumed: points that a killed predecessor wrote are not written again.
    """

    def __init__(
        self,
        connection: Connection,
        index_files: IndexFiles,
        lease: Lease,
        version: str,
        collection: str,
        model: Model | None,
        *,
        table: FileTable | None = None,
        provisional: bool = False,
        resumed: bool = False,
    ) -> None:
        self.version = version
        self._connection = connection
        self._index_files = index_files
        self._lease = lease
        self._collection = collection
        self._model = model
        self._table = list(table or [])
        self._provisional = provisional
        self._resumed = resumed
        self._attachments: dict[str, bytes] = {}
        self._pool = ThreadPoolExecutor(connection.options.parallel, thread_name_prefix="upload")
        self._pending: deque[tuple[Future[None], frozenset[str]]] = deque()
        self._done = False

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace products; returns before the last batches have arrived.

        What concerns one product arrives in the order of the calls, whatever is sent at once or again.
        """
        if not points:
            return
        width = len(points[0].vector) * NUMBER + 2 * PRODUCT
        size = max(1, min(self._connection.options.batch, MAX_BYTES // width))
        for start in range(0, len(points), size):
            batch = points[start : start + size]
            self._submit(partial(self._upload, batch), [point.id for point in batch])

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of products, by id; their vectors stay."""
        items = list(payloads.items())
        size = self._connection.options.batch
        for start in range(0, len(items), size):
            operations = [
                models.OverwritePayloadOperation(
                    overwrite_payload=models.SetPayload(payload=dict(payload), points=[qdrant_requests.server_id(name)])
                )
                for name, payload in items[start : start + size]
            ]
            self._submit(partial(self._update, operations), [name for name, _ in items[start : start + size]])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove products; unknown ids are ignored."""
        # What is on its way may concern the same products.
        self.flush()
        for start in range(0, len(ids), DELETE_BATCH):
            self._remove([qdrant_requests.server_id(name) for name in ids[start : start + DELETE_BATCH]])

    def flush(self) -> None:
        """Wait until everything has arrived."""
        while self._pending:
            self._pending.popleft()[0].result()

    def attach(self, name: str, content: bytes) -> None:
        """Keep a small file beside the version."""
        if "/" in name or not name:
            raise ValueError(f"{name!r} cannot be attached")
        self._attachments[name] = content

    def commit(self, manifest: Manifest) -> str:
        """Make the version visible, after all points have arrived and were counted."""
        try:
            self.flush()
            self._check_count(manifest.products)
            fresh = {**self._model_files(), **self._attachments}
            saved = self._index_files.save_files(self.version, fresh)
            kept = [entry for entry in self._table if entry["name"] not in fresh]
            stamp = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = dataclasses.replace(
                manifest, version=self.version, created_at=stamp, libraries=library_versions()
            )
            facts = {"state": "committed", "manifest": json.loads(manifest.to_json()), "files": [*kept, *saved]}
            self._write_metadata(facts if self._provisional else {**facts, UNFINISHED: None})
            if not self._provisional:
                # Of a provisional update the replaced files are what it may be taken back to.
                self._index_files.keep_only(self.version, [*kept, *saved])
        finally:
            self.abort()
        return self.version

    def restore(self, metadata: Mapping[str, Any], products: int | None) -> None:
        """Commit what was there before an update, with the metadata that it had; `products` is its count if known."""
        try:
            self.flush()
            if products is not None:
                self._check_count(products)
            self._write_metadata(metadata)
        finally:
            self.abort()

    def abort(self) -> None:
        """Give up; nothing became visible, and what was uploaded serves the next run. Harmless after a commit."""
        if self._done:
            return
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
        if self._resumed:
            ids = [point.id for point in points]
            there = self._connection.write(
                lambda client: client.retrieve(self._collection, ids, with_payload=False, with_vectors=False)
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

    def _check_count(self, expected: int) -> None:
        deadline = time.monotonic() + (COUNT_PATIENCE if self._connection.options.replication_factor else 0.0)
        while True:
            found = self._connection.write(lambda client: client.count(self._collection, exact=True)).count
            if found == expected:
                return
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"{self.version} holds {found} products, {expected} were expected; it stays invisible."
                )
            time.sleep(0.5)

    def _model_files(self) -> dict[str, bytes]:
        if self._model is None:
            return {}
        with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
            self._model.save(Path(folder) / "model")
            return {f"model/{path.name}": path.read_bytes() for path in (Path(folder) / "model").iterdir()}
