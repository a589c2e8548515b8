"""The collections of an index: which versions each holds, creation, and what an interrupted predecessor has left."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from qdrant_client import QdrantClient, models

from ....catalog import Schema, quoted
from ....errors import NotFoundError
from ....model import Model
from ...layout import Layout
from ...manifest import Manifest
from . import qdrant_requests
from .connection import Connection
from .metadata import is_single, is_version, number_of, read_metadata, set_metadata, versions_in
from .view import SINCE, UNTIL, View, ended_after, unseen

KEYWORD, INTEGER = models.KeywordIndexType.KEYWORD, models.IntegerIndexType.INTEGER

INDEXES: Mapping[str, Callable[[bool | None], models.PayloadSchemaParams]] = {
    "cluster": lambda disk: models.KeywordIndexParams(type=KEYWORD, is_tenant=True, on_disk=disk),
    "text": lambda disk: models.KeywordIndexParams(type=KEYWORD, on_disk=disk),
    "list": lambda disk: models.KeywordIndexParams(type=KEYWORD, on_disk=disk),
    "integer": lambda disk: models.IntegerIndexParams(type=INTEGER, lookup=True, range=True, on_disk=disk),
    "float": lambda disk: models.FloatIndexParams(type=models.FloatIndexType.FLOAT, on_disk=disk),
    "bool": lambda disk: models.BoolIndexParams(type=models.BoolIndexType.BOOL, on_disk=disk),
    "datetime": lambda disk: models.DatetimeIndexParams(type=models.DatetimeIndexType.DATETIME, on_disk=disk),
}
"""Kind of a payload index to how it is made, on the disk or in memory."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a committed version is.

    Attributes:
        version: its name.
        generation: the version that the collection is named after, which may be gone.
        collection: its collection.
        metadata: of the collection.
    """

    version: str
    generation: str
    collection: str
    metadata: Mapping[str, Any]

    @property
    def entry(self) -> Mapping[str, Any]:
        """What is kept for the version: `manifest` and `files`."""
        return self.versions[self.version]

    @property
    def versions(self) -> dict[str, Mapping[str, Any]]:
        """All committed versions of the collection, oldest first."""
        return versions_in(self.generation, self.metadata)

    @property
    def view(self) -> View:
        """What the version sees of the collection."""
        manifest = self.entry.get("manifest")
        schema = manifest.get("schema") if isinstance(manifest, Mapping) else None
        id_key = Schema.from_dict(schema).key("id") if schema else "id"
        several = bool(isinstance(manifest, Mapping) and manifest.get("several"))
        return View(None if is_single(self.metadata) else number_of(self.version), id_key, several)


class Collections:
    """The collections of the index `name`."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def of(self, generation: str) -> str:
        """The collection that is named after a version."""
        return f"{self._name}.{generation}"

    def names(self) -> list[str]:
        """The versions that collections are named after, committed or not, oldest first."""
        listed = self._connection.read(lambda client: client.get_collections()).collections
        pairs = (found.name.rpartition(".") for found in listed)
        names = [version for prefix, _, version in pairs if prefix == self._name and is_version(version)]
        return sorted(names, key=number_of)

    def metadata(self, generation: str) -> dict[str, Any]:
        """Of any collection, empty where there is none."""
        return read_metadata(self._connection, self.of(generation)) if is_version(generation) else {}

    def places(self) -> list[Place]:
        """Every committed version, oldest first."""
        found = []
        for generation in self.names():
            metadata = self.metadata(generation)
            found += [self._place(version, generation, metadata) for version in versions_in(generation, metadata)]
        return sorted(found, key=lambda place: number_of(place.version))

    def find(self, version: str) -> Place:
        """A committed version; a node that has not heard of its commit is given the time.

        Raises:
            NotFoundError: there is no such version, or it was never committed.
        """
        deadline = time.monotonic() + self._connection.options.lag
        while True:
            unsettled = False
            for generation in reversed(self.names() if is_version(version) else []):
                if number_of(generation) > number_of(version):
                    continue
                metadata = self.metadata(generation)
                if version in versions_in(generation, metadata):
                    return self._place(version, generation, metadata)
                unsettled |= metadata.get("state") == "building" or metadata.get("writing") == version
            if not unsettled or time.monotonic() >= deadline:
                known = ", ".join(place.version for place in self.places()[-5:]) or "none"
                raise NotFoundError(f"There is no version {version!r} at {self._connection.where}. Latest: {known}.")
            time.sleep(0.1)

    def _place(self, version: str, generation: str, metadata: Mapping[str, Any]) -> Place:
        return Place(version, generation, self.of(generation), metadata)

    def layout(self, generation: str) -> Layout:
        """How a collection is laid out."""
        info = self._connection.read(lambda client: client.get_collection(self.of(generation)))
        return qdrant_requests.layout_of(info.config)

    def claim(self, build: str, published: Collection[str | None]) -> tuple[str | None, list[str]]:
        """What interrupted uploads have left.

        Returns:
            The one of the same content, where there is one, and the others, to be dropped.
        """
        names = self.names()
        left = [name for name in names if name not in published and not self._is_committed(name)]
        if left:
            # A node that lags behind shows what was just committed as unfinished: it must not be dropped.
            time.sleep(self._connection.options.lag)
        resumed, doomed = None, []
        for name in left:
            metadata = self.metadata(name)
            if metadata.get("state") == "committed":
                continue
            if metadata.get("state") == "building" and metadata.get("build") == build and resumed is None:
                resumed = name
            else:
                doomed.append(name)
        return resumed, doomed

    def create(self, version: str, build: str, manifest: Manifest) -> None:
        """Make a collection with all its indexes; what is there of it stays."""
        collection = self.of(version)

        def create(client: QdrantClient) -> None:
            if not client.collection_exists(collection):
                client.create_collection(
                    collection,
                    metadata={"state": "building", "build": build},
                    strict_mode_config=qdrant_requests.strict_mode(),
                    **qdrant_requests.vectors(manifest),
                    **qdrant_requests.spread(manifest.layout),
                )

        self._connection.write(create, right=f"manage {collection}")
        # Nobody searches by the id or a picture's hash alone: a graph for it would cost and give nothing. A cluster's
        # graph is of use here, where a segment holds all clusters.
        on_disk = manifest.layout.on_disk or None
        alone = models.KeywordIndexParams(type=KEYWORD, on_disk=on_disk, enable_hnsw=False)
        content = manifest.schema.key("content")
        for key, kind in manifest.schema.indexes.items():
            self._index(collection, key, alone if key == content else INDEXES[kind](on_disk))
        self._index(collection, manifest.schema.key("id"), alone)
        for key in (SINCE, UNTIL):
            self._index(
                collection, key, models.IntegerIndexParams(type=INTEGER, lookup=False, range=True, enable_hnsw=False)
            )

    def drop(self, version: str) -> None:
        """Delete a collection, if it is there."""
        collection = self.of(version)
        self._connection.write(lambda client: client.delete_collection(collection), right=f"manage {collection}")

    def _is_committed(self, version: str) -> bool:
        return self.metadata(version).get("state") == "committed"

    def settled(self, generation: str) -> dict[str, Any]:
        """Metadata of a collection that nobody writes to now, from a node that knows the last commit."""
        metadata = self.metadata(generation)
        if metadata.get("writing"):
            # A run that was killed; or one that has committed, which this node has not heard of.
            time.sleep(self._connection.options.lag)
            metadata = self.metadata(generation)
        return metadata

    def remove(self, generation: str, doomed: Callable[[str], bool] = lambda _: False) -> None:
        """Remove versions of a collection that holds others too, and all points that none of the others sees."""
        metadata = self.settled(generation)
        if is_single(metadata):
            return
        there = versions_in(generation, metadata)
        gone = [name for name in there if doomed(name)]
        if gone:
            set_metadata(self._connection, self.of(generation), dict.fromkeys(gone))
        self._remove_unseen(self.of(generation), [number_of(name) for name in there if name not in gone])

    def go_back(self, place: Place) -> None:
        """Remove all that came into a collection after a version: what later ones have left, finished or not."""
        self.remove(place.generation, lambda name: number_of(name) > number_of(place.version))

    def _remove_unseen(self, collection: str, kept: Sequence[int]) -> None:
        for points in unseen(kept):
            chosen = models.FilterSelector(filter=points)
            self._connection.write(partial(qdrant_requests.delete, collection, chosen))
        later = ended_after(kept[-1])
        self._connection.write(
            lambda client: client.delete_payload(collection, keys=[UNTIL], points=later, wait=True),
        )

    def _index(self, collection: str, key: str, schema: models.PayloadSchemaParams) -> None:
        self._connection.write(
            lambda client: client.create_payload_index(collection, quoted(key), field_schema=schema, wait=True),
            right=f"manage {collection}",
        )


def build_id(manifest: Manifest, model: Model, variant: str) -> str | None:
    """Equal for builds of the same points in the same layout, so that one may go on where another stopped.

    None where nothing says what the points will be.
    """
    if not manifest.catalog_fingerprint:
        return None
    layout, indexed = manifest.layout.to_dict(), manifest.schema.indexes
    if manifest.several:
        indexed = {**indexed, "several": "vectors"}
    facts = [model.hash, manifest.catalog_fingerprint, manifest.vector_dim, layout, indexed, variant]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
