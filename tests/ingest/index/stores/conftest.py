import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.manifest import Manifest, Step
from likewise.ingest.index.stores import Point, Store
from likewise.ingest.model import Model, cluster_sizes
from likewise.ingest.model.clusterers.kmeans import KMeans
from likewise.ingest.model.reducers.pca import PCA

N, WIDTH, DIM = 60, 12, 4


class Index:
    """A small model, its vectors, and the manifest that describes them."""

    def __init__(self, seed: int = 0, n: int = N) -> None:
        features = np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32)
        reducer = PCA(DIM, random_state=seed).fit(features)
        spec = EncoderSpec("fake", "fp32", "f" * 16, (WIDTH,))
        self.vectors = Model(spec, reducer, KMeans(3)).index_vectors(features)
        self.model = Model(spec, reducer, KMeans(3, random_state=seed).fit(self.vectors))
        self.clusters = self.model.clusterer.predict(self.vectors)
        self.points = [
            Point(name, name, vector, self.payload(name, at))
            for at, (name, vector) in enumerate(zip(self.names(n), self.vectors, strict=True))
        ]
        self.manifest = Manifest(
            encoder=spec,
            reducer=Step("pca", reducer.params()),
            clusterer=Step("kmeans", {}),
            index_dim=DIM,
            vector_dim=DIM,
            model_hash=self.model.hash,
            products=n,
            pictures=n,
            clusters=cluster_sizes(self.clusters),
            layout=Layout(replication_factor=int(os.environ.get("LIKEWISE_TEST_QDRANT_REPLICAS", "1"))),
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


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


@pytest.fixture
def commit(index: Index) -> Callable[..., str]:
    def commit_version(store: Store, built: Index = index, *, publish: bool = True) -> str:
        writer = store.begin(built.manifest, built.model)
        writer.upsert(built.points)
        writer.attach("rejects.csv", b"id\n")
        candidate = writer.commit(built.manifest)
        if publish:
            candidate.publish()
        return candidate.version

    return commit_version
