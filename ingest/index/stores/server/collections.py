"""Versions as collections: names, creation, and what of an interrupted predecessor is taken over or dropped."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection
from typing import Any

from qdrant_client import QdrantClient, models

from ....errors import NotFoundError
from ....model import Model
from ...layout import Layout
from ...manifest import Manifest
from . import qdrant_requests
from .connection import Connection
from .metadata import read_metadata

_VERSION = re.compile(r"v\d{6,}")


def is_version(name: str) -> bool:
    """Whether a version can have this name."""
    return _VERSION.fullmatch(name) is not None


class Collections:
    """The collections of the index `name`."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def of(self, version: str) -> str:
        """The collection of a version."""
        return f"{self._name}.{version}"

    def names(self) -> list[str]:
        """All versions that have a collection, committed or not, oldest first."""
        listed = self._connection.read(lambda client: client.get_collections()).collections
        pairs = (found.name.rpartition(".") for found in listed)
        names = [version for prefix, _, version in pairs if prefix == self._name and is_version(version)]
        return sorted(names, key=lambda name: int(name[1:]))

    def metadata(self, version: str) -> dict[str, Any]:
        """Of any version, empty where there is none."""
        return read_metadata(self._connection, self.of(version)) if is_version(version) else {}

    def committed(self, version: str) -> dict[str, Any]:
        """Metadata of a committed version; a node that has not heard of its commit is given the time.

        Raises:
            NotFoundError: there is no such version, or it was never committed.
        """
        deadline = time.monotonic() + self._connection.options.lag
        while True:
            metadata = self.metadata(version)
            if metadata.get("state") == "committed":
                return metadata
            if metadata.get("state") != "building" or time.monotonic() >= deadline:
                known = ", ".join(self.names()[-5:]) or "none"
                raise NotFoundError(f"There is no version {version!r} at {self._connection.where}. Latest: {known}.")
            time.sleep(0.1)

    def layout(self, version: str) -> Layout:
        """How the collection of a version is laid out."""
        info = self._connection.read(lambda client: client.get_collection(self.of(version)))
        return qdrant_requests.layout_of(info.config)

    def claim(self, build: str, published: Collection[str]) -> tuple[str, bool, list[str]]:
        """Where to write: an interrupted upload of the same content, or a new version.

        Returns:
            The version, whether it was begun before, and what other uploads have left, to be dropped.
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
        numbers = [0, *(int(name[1:]) for name in names)]
        return resumed or f"v{max(numbers) + 1:06d}", resumed is not None, doomed

    def create(self, version: str, build: str, manifest: Manifest) -> None:
        """Make a collection with all its indexes; what is there of it stays."""
        collection = self.of(version)

        def create(client: QdrantClient) -> None:
            if not client.collection_exists(collection):
                client.create_collection(
                    collection,
                    metadata={"state": "building", "build": build},
                    strict_mode_config=qdrant_requests.strict_mode(),
                    **qdrant_requests.vectors(manifest.vector_dim, manifest.distance, manifest.layout),
                    **qdrant_requests.spread(manifest.layout),
                )

        self._connection.write(create, right=f"manage {collection}")
        for key in manifest.schema.filterable:
            self._index(collection, key)

    def drop(self, version: str) -> None:
        """Delete a collection, if it is there."""
        collection = self.of(version)
        self._connection.write(lambda client: client.delete_collection(collection), right=f"manage {collection}")

    def _is_committed(self, version: str) -> bool:
        return self.metadata(version).get("state") == "committed"

    def _index(self, collection: str, key: str) -> None:
        schema = models.KeywordIndexParams(
            type=models.KeywordIndexType.KEYWORD, is_tenant=True if key == "cluster" else None
        )
        self._connection.write(
            lambda client: client.create_payload_index(collection, key, field_schema=schema, wait=True),
            right=f"manage {collection}",
        )


def build_id(manifest: Manifest, model: Model, variant: str) -> str | None:
    """Equal for builds of the same points in the same layout, so that one may go on where another stopped.

    None where nothing says what the points will be.
    """
    if not manifest.catalog_fingerprint:
        return None
    layout, indexed = manifest.layout.to_dict(), manifest.schema.filterable
    facts = [model.hash, manifest.catalog_fingerprint, manifest.vector_dim, layout, indexed, variant]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
