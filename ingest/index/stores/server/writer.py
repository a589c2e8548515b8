"""Writes the points and files of one version on a server."""

from __future__ import annotations

import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ....errors import StoreError
from ....model import Model
from ...manifest import Manifest
from ..base import Candidate, Store
from ..points import Point
from . import qdrant_requests
from .connection import READ
from .edits import edits
from .index_files import FileTable, IndexFiles
from .lease import Lease
from .metadata import set_metadata
from .sink import ServerSink
from .view import View

DELETE_BATCH = 10_000

COUNT_PATIENCE = 30.0
"""Seconds that replicas may take to agree on the final count."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer writes.

    Attributes:
        version: its name.
        generation: the version that its collection is named after.
        collection: its collection, which exists.
        model: saved with the version; None where the versions beside it have it already.
        files: of the version that it goes on from, which it shares.
        view: of a version that shares its collection with others; without a number for one that has it to itself.
        resumed: points that a killed predecessor wrote are not written again.
    """

    version: str
    generation: str
    collection: str
    model: Model | None = None
    files: FileTable = field(default_factory=list)
    view: View = field(default_factory=lambda: View(None))
    resumed: bool = False


class ServerWriter:
    """Writes the points of one version; holds the lease until it commits or aborts.

    Args:
        store: the candidate's.
        index_files: the collection of files.
        lease: already acquired.
        draft: what is written.
    """

    def __init__(self, store: Store, index_files: IndexFiles, lease: Lease, draft: Draft) -> None:
        connection = index_files.connection
        self.version = draft.version
        self._store = store
        self._connection = connection
        self._index_files = index_files
        self._lease = lease
        self._draft = draft
        self._collection = draft.collection
        self._edits = edits(connection, draft.collection, draft.view, resumed=draft.resumed)
        self._view = draft.view
        self._attachments: dict[str, bytes] = {}
        self._pool = ThreadPoolExecutor(connection.options.parallel, thread_name_prefix="upload")
        self._pending: deque[tuple[Future[None], frozenset[str]]] = deque()
        self._done = False

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points; returns before the last batches have arrived.

        What concerns one product arrives in the order of the calls, whatever is sent at once or again.
        """
        for batch in qdrant_requests.batches(points, self._connection.options.batch):
            self._submit(partial(self._edits.upsert, batch), [point.key for point in batch])

    def replace_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the payloads of points, by key; their vectors stay."""
        items = list(payloads.items())
        size = self._connection.options.batch
        for start in range(0, len(items), size):
            batch = dict(items[start : start + size])
            self._submit(partial(self._edits.replace_payloads, batch), list(batch))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove points; unknown keys are ignored."""
        # What is on its way may concern the same points.
        self.flush()
        for start in range(0, len(keys), DELETE_BATCH):
            self._edits.delete(keys[start : start + DELETE_BATCH])

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
        return ServerSink.of(self._connection, self._collection, self._draft.view)

    def commit(self, manifest: Manifest) -> Candidate:
        """Make the version durable, after all points have arrived and were counted."""
        draft = self._draft
        try:
            self.flush()
            self._check_count(manifest.products, patient=(manifest.layout.replication_factor or 1) > 1)
            fresh = {**self._model_files(), **self._attachments}
            saved = self._index_files.save_files(draft.generation, fresh)
            files = [*(entry for entry in draft.files if "/" in entry["name"]), *saved]
            manifest = manifest.stamped(self.version)
            entry = {"manifest": json.loads(manifest.to_json()), "files": files}
            self._lease.check()
            metadata = {"state": "committed", "writing": None, self.version: entry}
            set_metadata(self._connection, self._collection, metadata)
            if draft.view.number is None:
                # What an interrupted predecessor has left.
                self._index_files.keep_only(draft.generation, files)
        except BaseException:
            self.abort()
            raise
        self._close()
        return Candidate(self._store, manifest)

    def abort(self) -> None:
        """Give up; nothing becomes visible, and what was uploaded serves or is swept by the next run."""
        if not self._done:
            self._close()

    def _close(self) -> None:
        self._done = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._lease.release()

    def _submit(self, work: Callable[[], None], ids: Sequence[str]) -> None:
        # A retried batch may land last: it must not be an older one of the same product.
        if any(not pending.isdisjoint(ids) for _, pending in self._pending):
            self.flush()
        self._pending.append((self._pool.submit(work), frozenset(ids)))
        while len(self._pending) > 2 * self._connection.options.parallel:
            self._pending.popleft()[0].result()

    def _check_count(self, expected: int, *, patient: bool) -> None:
        deadline = time.monotonic() + (COUNT_PATIENCE if patient else 0.0)
        seen = self._view.admits()
        while True:
            found = self._connection.write(
                lambda client: client.count(self._collection, count_filter=seen, exact=True), right=READ
            ).count
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
