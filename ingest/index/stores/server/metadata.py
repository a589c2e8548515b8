"""The metadata of collections: what a version is, and what is going on with it.

`state` is `building`, `committed` or `deleted`; `build` identifies what an interrupted upload was of; `manifest` and
`files` (the table of its files) come with the commit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from qdrant_client import QdrantClient

from ....errors import VersionGoneError
from .connection import Connection

UNFINISHED = "unfinished"
"""Key of a version's metadata while an update in place is under way, interrupted, or waits for a verdict.

`{"provisional": true, "undo": table of the journal, "manifest": …, "files": …, "count": points}`: how it was before.
Earlier releases also wrote `{"provisional": false}` for updates that could not be taken back: it means nothing now.
"""


def is_provisional(metadata: Mapping[str, Any]) -> bool:
    """Whether a version has an update that can be taken back."""
    mark = metadata.get(UNFINISHED)
    return isinstance(mark, dict) and bool(mark.get("provisional"))


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
