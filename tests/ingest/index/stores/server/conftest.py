import dataclasses

import pytest
from qdrant_client import QdrantClient

from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore


@pytest.fixture
def client():
    client = QdrantClient(":memory:")
    yield client
    client.close()


@pytest.fixture
def connect(client):
    """A store of its own on one server, as another process would open it."""

    def connect(name="shop", **options):
        quick = {"parallel": 1, "lease": 3.0, "lag": 0.1, "patience": 0.5, "search_patience": 0.5}
        chosen = ServerOptions(**{**quick, **options})
        return ServerStore(Connection(client, f"memory/{name}", chosen), name)

    return connect


@pytest.fixture
def named(index):
    """The manifest of a catalog with an identity, as the pipeline writes it."""
    return dataclasses.replace(index.manifest, catalog_fingerprint="c" * 64)


@pytest.fixture
def owners(client):
    """Whom the files beside the versions belong to."""

    def owners():
        pieces, _ = client.scroll("shop.index", limit=1000, with_payload=True)
        return {piece.payload["version"] for piece in pieces if "version" in piece.payload}

    return owners
