"""Engines of others over the same vectors, for `search.py`: each with one thread, and handed the query's vector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .million_data import Made
from .search_rivals import Rival
from .search_ways import IN_CLUSTER, Asked, K, Promise, cluster_key, others, vectors

M = 16
EF = 100
"""Neighbours of a node in a graph, and how many candidates a build and a search keep: as in our engine."""

BATCH = 500
"""Points that the local mode is given at once."""


@dataclass
class Faiss(Rival):
    """faiss, exact or by a graph."""

    name: str = "faiss Flat"
    graph: bool = False
    lacks: str = "payload, filter by values"
    package: str = "faiss"
    extra: str = "bench"

    def build(self, index: Path, made: Made, folder: Path) -> None:  # noqa: ARG002
        """An index in a file."""
        import faiss

        faiss.omp_set_num_threads(1)
        matrix = vectors(made)
        folder.mkdir(parents=True)
        if self.graph:
            index_of: Any = faiss.IndexHNSWFlat(matrix.shape[1], M, faiss.METRIC_INNER_PRODUCT)
            index_of.hnsw.efConstruction = EF
        else:
            index_of = faiss.IndexFlatIP(matrix.shape[1])
        index_of.add(matrix)
        faiss.write_index(index_of, str(folder / "index.faiss"))

    def open(self, folder: Path) -> None:
        """The index in memory."""
        import faiss

        faiss.omp_set_num_threads(1)
        self.held = faiss.read_index(str(folder / "index.faiss"))
        if self.graph:
            self.held.hnsw.efSearch = EF

    def search(self, asked: Asked) -> list[int]:
        """By inner product, as all vectors have unit length."""
        _, rows = self.held.search(asked.vector[None], K + 1)
        return others(rows[0], asked)


@dataclass
class Hnswlib(Rival):
    """hnswlib's graph."""

    name: str = "hnswlib"
    lacks: str = "payload, filter by values, removal"
    package: str = "hnswlib"
    extra: str = "bench"

    def build(self, index: Path, made: Made, folder: Path) -> None:  # noqa: ARG002
        """A graph in a file."""
        import hnswlib

        matrix = vectors(made)
        folder.mkdir(parents=True)
        graph = hnswlib.Index(space="ip", dim=matrix.shape[1])
        graph.init_index(max_elements=len(matrix), M=M, ef_construction=EF, random_seed=0)
        graph.add_items(matrix, num_threads=1)
        graph.save_index(str(folder / "graph.bin"))
        (folder / "dim").write_text(str(matrix.shape[1]), "ascii")

    def open(self, folder: Path) -> None:
        """The graph in memory."""
        import hnswlib

        self.held = hnswlib.Index(space="ip", dim=int((folder / "dim").read_text("ascii")))
        self.held.load_index(str(folder / "graph.bin"))
        self.held.set_num_threads(1)
        self.held.set_ef(EF)

    def search(self, asked: Asked) -> list[int]:
        """By inner product."""
        rows, _ = self.held.knn_query(asked.vector[None], k=K + 1, num_threads=1)
        return others(rows[0], asked)


@dataclass
class LocalMode(Rival):
    """qdrant-client's local mode on disk, in the query's cluster."""

    name: str = "qdrant-client, local mode, in the cluster"
    lacks: str = "payload indexes, a second process"
    package: str = "qdrant_client"
    # Every point is a commit of its own: writing takes minutes.
    most: int = 10_000
    promise: Promise = IN_CLUSTER
    key: str = ""

    def build(self, index: Path, made: Made, folder: Path) -> None:  # noqa: ARG002
        """Points with their payloads in SQLite."""
        from qdrant_client import QdrantClient, models

        client = QdrantClient(path=str(folder))
        params = models.VectorParams(size=made.vectors.shape[1], distance=models.Distance.COSINE)
        client.create_collection("made", vectors_config=params)
        for start in range(0, made.first, BATCH):
            some = made.points(start, min(start + BATCH, made.first))
            client.upsert(
                "made",
                [
                    models.PointStruct(id=start + at, vector=point.vector.tolist(), payload=dict(point.payload))
                    for at, point in enumerate(some)
                ],
            )
        client.close()
        (folder / "key").write_text(cluster_key(made), "utf-8")

    def open(self, folder: Path) -> None:
        """The client, which reads everything into memory."""
        from qdrant_client import QdrantClient

        self.key = (folder / "key").read_text("utf-8")
        self.held = QdrantClient(path=str(folder))

    def search(self, asked: Asked) -> list[int]:
        """With a condition on the cluster."""
        from qdrant_client import models

        own = models.FieldCondition(key=self.key, match=models.MatchValue(value=asked.cluster))
        found = self.held.query_points(
            "made", query=asked.vector, query_filter=models.Filter(must=[own]), limit=K + 1, with_payload=True
        )
        return others([point.id for point in found.points], asked)
