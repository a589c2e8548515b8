"""One version on a server, opened for searching."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Self, TypeVar

from qdrant_client import QdrantClient, models

from ....catalog import Value, quoted
from ....encoders import EncoderSpec
from ....errors import NotFoundError
from ....model import NETWORK, Clusterer, Model
from ...filters import EVERYTHING, Filter, OneOf, Scalar, leaves
from ...manifest import Manifest
from ..points import MAX_FACETS, Examples, Hit, Query, Record
from . import qdrant_requests
from .collections import Place
from .connection import Connection
from .index_files import IndexFiles, check_table
from .sizes import MAX_BYTES, NUMBER, PRODUCT

MAX_ITEMS = 500
"""Queries or products of one request, however small."""

THREADS = 8
"""Searches of one reader that ask two things at once; further ones wait."""

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


class ServerReader:
    """One version; it reads what it sees of its collection, so that no update and no publish mixes two versions."""

    def __init__(self, connection: Connection, index_files: IndexFiles, place: Place, manifest: Manifest) -> None:
        self._connection = connection
        self._index_files = index_files
        self._collection = place.collection
        self._owner = place.generation
        self._view = place.view
        self._table = check_table(place.entry.get("files"), f"{connection.where}, {place.version}")
        # Threads are made when they are needed.
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="search")
        self.version = place.version
        self.manifest = replace(manifest, encoder=self._with_network(manifest.encoder))

    def model(self) -> Model:
        """The fitted model, checked against the manifest."""
        with self._model_files("model/") as folder:
            model = Model.load(folder).verified(self.manifest.model_hash, self.version)
        return replace(model, encoder=self._with_network(model.encoder))

    def clusterer(self) -> Clusterer:
        """The model's clusterer alone."""
        with self._model_files("model/clusterer.") as folder:
            return Model.load_clusterer(folder)

    def attachments(self) -> list[str]:
        """Names of the small files that were kept beside the version."""
        return [entry["name"] for entry in self._table if "/" not in entry["name"]]

    def attachment(self, name: str) -> bytes:
        """A small file that was kept beside the version."""
        return self._file(name)

    def search(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """Answer every query, best hit first."""
        found = []
        for portion in portions(queries, _weight):
            requests = [qdrant_requests.request(query, self._view, rescore=self._quantized) for query in portion]
            found += self._connection.read(partial(_query, self._collection, requests))
        key = self._view.id_key
        return [qdrant_requests.hits(query, answer.points, key) for query, answer in zip(queries, found, strict=True)]

    def retrieve(self, ids: Sequence[str], *, with_vector: bool = False) -> list[Record | None]:
        """The products with these ids, in this order."""
        several = self.manifest.pictures / max(self.manifest.products, 1)
        weight = PRODUCT + round(NUMBER * self.manifest.vector_dim * several) * with_vector
        records: dict[str, Record] = {}
        for portion in portions(ids, lambda _: weight):
            found = self._connection.read(
                partial(qdrant_requests.retrieve, self._collection, self._view, portion, with_vector)
            )
            records |= {record.id: record for record in map(self._record, found)}
        return [records.get(name) for name in ids]

    def scroll(self, where: Filter = EVERYTHING, *, with_vector: bool = False, batch: int = 1000) -> Iterator[Record]:
        """All products that the filter admits, by point id."""
        found = self._connection.scroll(
            self._collection,
            scroll_filter=self._view.admits(where),
            limit=batch,
            with_payload=True,
            with_vectors=with_vector,
        )
        return map(self._record, found)

    def _record(self, found: models.Record) -> Record:
        return qdrant_requests.record(self._view.id_key, found)

    def count(self, where: Filter = EVERYTHING) -> int:
        """Exact number of products that the filter admits."""
        wanted = self._view.admits(where)
        return self._connection.read(
            lambda client: client.count(self._collection, count_filter=wanted, exact=True)
        ).count

    def facet(self, key: str, where: Filter = EVERYTHING) -> dict[Scalar, int]:
        """Exact number of products that the filter admits for each value of an indexed key."""
        admitted, path = self._view.admits(where), quoted(key)
        found = self._connection.read(
            lambda client: client.facet(self._collection, path, facet_filter=admitted, limit=MAX_FACETS, exact=True)
        )
        return {hit.value: hit.count for hit in found.hits}

    def extreme(self, key: str, where: Filter = EVERYTHING, *, largest: bool = False) -> Value | None:
        """The smallest or largest value of an indexed key with an order among the products that the filter admits."""
        direction = models.Direction.DESC if largest else models.Direction.ASC
        order, admitted = models.OrderBy(key=quoted(key), direction=direction), self._view.admits(where)
        found, _ = self._connection.read(
            lambda client: client.scroll(self._collection, scroll_filter=admitted, limit=1, order_by=order)
        )
        return found[0].payload[key] if found and found[0].payload else None

    def together(self, first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
        """Both at once."""
        other = self._pool.submit(second)
        try:
            return first(), other.result()
        finally:
            other.cancel()

    def warm(self) -> None:
        """The server does what it can by itself."""

    def close(self) -> None:
        """Let the threads go; the connection is the store's."""
        self._pool.shutdown(wait=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _model_files(self, beginning: str) -> Iterator[Path]:
        """A folder with those files of the model whose names in the table begin like this."""
        with tempfile.TemporaryDirectory(prefix="likewise-model-") as folder:
            for entry in self._table:
                name = entry["name"].removeprefix("model/")
                # Many megabytes, which only a search by picture needs.
                if entry["name"].startswith(beginning) and name != NETWORK:
                    (Path(folder) / name).write_bytes(self._index_files.load_file(self._owner, entry))
            yield Path(folder)

    def _with_network(self, encoder: EncoderSpec) -> EncoderSpec:
        return (
            encoder if encoder.quantization is None else replace(encoder, file=partial(self._file, f"model/{NETWORK}"))
        )

    def _file(self, name: str) -> bytes:
        for entry in self._table:
            if entry["name"] == name:
                return self._index_files.load_file(self._owner, entry)
        raise NotFoundError(f"{self.version} keeps no file {name!r}.")

    @cached_property
    def _quantized(self) -> bool:
        info = self._connection.read(lambda client: client.get_collection(self._collection))
        return info.config.quantization_config is not None


def portions(items: Sequence[T], weight: Callable[[T], int]) -> Iterator[list[T]]:
    """Items in order, in lists of at most `MAX_ITEMS` and about `MAX_BYTES`; an item over that has its own."""
    portion: list[T] = []
    total = 0
    for item in items:
        size = weight(item)
        if portion and (len(portion) == MAX_ITEMS or total + size > MAX_BYTES):
            yield portion
            portion, total = [], 0
        portion.append(item)
        total += size
    if portion:
        yield portion


def _weight(query: Query) -> int:
    choices = (leaf.values for leaf in leaves(query.filter) if isinstance(leaf, OneOf))
    chosen = sum(len(str(value)) + 8 for values in choices for value in values)
    given = (query.vector.liked, query.vector.disliked) if isinstance(query.vector, Examples) else (query.vector,)
    sent = sum(vectors.size for vectors in given)
    returned = int(given[0].shape[-1]) * query.limit * query.with_vector
    return NUMBER * (sent + returned) + chosen + PRODUCT * query.limit


def _query(collection: str, requests: list[models.QueryRequest], client: QdrantClient) -> list[models.QueryResponse]:
    return client.query_batch_points(collection, requests)
