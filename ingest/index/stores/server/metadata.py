"""The metadata of collections: which versions one holds, and how far its making has come.

state       `building`, `committed` or `deleted`
build       what an interrupted upload was of
v000042     a committed version: `manifest`, and `files`, the table of its files
published   the version that was published last of those in this collection; where the alias leads here, the current

A collection of release 0.1 holds one version: `manifest` and `files` stand beside `state`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from qdrant_client import QdrantClient

from ....errors import VersionGoneError
from .connection import Connection

_VERSION = re.compile(r"v\d{6,}")


def is_version(name: str) -> bool:
    """Whether a version can have this name."""
    return _VERSION.fullmatch(name) is not None


def number_of(version: str) -> int:
    """The number in a version's name."""
    return int(version[1:])


def is_single(metadata: Mapping[str, Any]) -> bool:
    """Whether an earlier release made the collection, for one version alone."""
    return "manifest" in metadata


def versions_in(generation: str, metadata: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The committed versions of a collection, oldest first, each with its `manifest` and `files`.

    Args:
        generation: the version that the collection is named after.
        metadata: of the collection.
    """
    if metadata.get("state") != "committed":
        return {}
    if is_single(metadata):
        return {generation: metadata}
    found = {name: entry for name, entry in metadata.items() if is_version(name) and isinstance(entry, dict)}
    return dict(sorted(found.items(), key=lambda item: number_of(item[0])))


def read_metadata(connection: Connection, collection: str) -> dict[str, Any]:
    """The metadata of a collection as the node that we talk to knows it; empty when there is no such collection."""
    try:
        info = connection.read(lambda client: client.get_collection(collection))
    except VersionGoneError:
        return {}
    return info.config.metadata or {}


def set_metadata(connection: Connection, collection: str, metadata: Mapping[str, Any]) -> None:
    """Replace these keys of a collection's metadata; None removes one.

    Returns when they can be read back. A server confirms before all nodes of a cluster know, and the next request may
    ask another one; readers must be prepared for that all the same, since no node tells about the others.
    """

    def update(client: QdrantClient) -> None:
        client.update_collection(collection, metadata=dict(metadata))

    connection.write(update, right=f"manage {collection}")
    deadline = time.monotonic() + connection.options.lag
    wanted = json.dumps(dict(metadata), sort_keys=True)
    while time.monotonic() < deadline:
        found = read_metadata(connection, collection)
        if json.dumps({key: found.get(key) for key in metadata}, sort_keys=True) == wanted:
            return
        time.sleep(0.1)
