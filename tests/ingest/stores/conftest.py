import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient

from likewise.ingest.clusterers.kmeans import KMeans
from likewise.ingest.manifest import Manifest, Step
from likewise.ingest.model import EncoderSpec, Model, cluster_sizes
from likewise.ingest.reducers.pca import PCA
from likewise.ingest.stores import Point, Store
from likewise.ingest.stores.embedded import EmbeddedStore
from likewise.ingest.stores.server import Connection, ServerOptions, ServerStore
from likewise.ingest.stores.server.address import Address

N, WIDTH, DIM = 60, 12, 4


class Index:
    """A small model, its vectors, and the manifest that describes them."""

    def __init__(self, seed: int = 0, n: int = N) -> None:
        features = np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32)
        reducer = PCA(DIM, random_state=seed).fit(features)
        spec = EncoderSpec("fake", "fp32", "f" * 16, WIDTH)
        self.vectors = Model(spec, reducer, KMeans(3)).reduce(features)
        self.model = Model(spec, reducer, KMeans(3, random_state=seed).fit(self.vectors))
        self.clusters = self.model.clusterer.predict(self.vectors)
        self.points = [
            Point(name, vector, self.payload(name, at))
            for at, (name, vector) in enumerate(zip(self.names(n), self.vectors, strict=True))
        ]
        self.manifest = Manifest(
            encoder="fake",
            encoder_fingerprint="f" * 16,
            features=WIDTH,
            reducer=Step("pca", reducer.params()),
            clusterer=Step("kmeans", {}),
            dim=DIM,
            model_hash=self.model.hash,
            products=n,
            clusters=cluster_sizes(self.clusters),
        )

    @staticmethod
    def names(n: int) -> list[str]:
        # Numbers, a number with leading zeros, and text: all three kinds of id.
        return [str(at) if at % 3 == 0 else f"00{at}" if at % 3 == 1 else f"sku-{at}/ü" for at in range(n)]

    def payload(self, name: str, at: int) -> dict[str, Any]:
        return {
            "id": name,
            "gender": ("Men", "Women")[at % 2],
            "baseColour": ("Red", "Blue", "Navy Blue")[at % 3],
            "image": f"images/{at}.jpg",
            "cluster": str(self.clusters[at]),
            "content": f"{at:064x}",
        }


@pytest.fixture(scope="session")
def make_index() -> Callable[..., Index]:
    return Index


@pytest.fixture(scope="session")
def index() -> Index:
    return Index()


SERVER = os.environ.get("LIKEWISE_TEST_QDRANT_URL", "")
STORES = ["embedded", "memory", *(["rest", "grpc"] if SERVER else [])]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every store there is; a real server's where LIKEWISE_TEST_QDRANT_URL names one."""
    if request.param == "embedded":
        yield EmbeddedStore(tmp_path / "index", create=True)
    elif request.param == "memory":
        client = QdrantClient(":memory:")
        yield ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1)), "shop")
        client.close()
    else:
        yield from on_server(grpc=request.param == "grpc")


def on_server(*, grpc: bool) -> Iterator[ServerStore]:
    """An index of its own on the real server, removed afterwards."""
    options = ServerOptions(
        api_key=os.environ.get("LIKEWISE_TEST_QDRANT_API_KEY"),
        grpc=grpc,
        replication_factor=int(os.environ.get("LIKEWISE_TEST_QDRANT_REPLICAS", "1")),
    )
    name = f"likewise-test-{uuid.uuid4().hex[:12]}"
    store = ServerStore.connect(f"{SERVER.rstrip('/')}/{name}", options)
    yield store
    client = Connection.open(Address.parse(f"{SERVER.rstrip('/')}/{name}"), options).client
    for collection in client.get_collections().collections:
        if collection.name.startswith(f"{name}."):
            client.delete_collection(collection.name)
    store.close()


@pytest.fixture
def commit(index: Index) -> Callable[..., str]:
    def commit_version(store: Store, built: Index = index, *, publish: bool = True) -> str:
        writer = store.create_version(built.manifest, built.model)
        writer.upsert(built.points)
        writer.attach("rejects.csv", b"id\n")
        version = writer.commit(built.manifest)
        if publish:
            store.publish(version)
        return version

    return commit_version
