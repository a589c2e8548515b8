"""Two ways to keep products with several pictures, in one run: a point a product or a point a picture.

A product that is one point has a multi-vector, of which the engine takes the greatest similarity. Products whose every
picture is a point have to be told apart afterwards, as the embedded engine has no grouping: a search asks for more and
more points until they are of k products.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import qdrant_edge as edge

from likewise.ingest.arrays import Float
from likewise.ingest.model import unit_rows

DIM = 100
K = 6
GROUPS = 200
CLUSTERS = 10
BATCH = 1_000

Ask = Callable[[edge.EdgeShard, Float, edge.Filter | None], list[int]]


@dataclass(frozen=True, slots=True)
class Way:
    """What one way costs.

    Attributes:
        way: `multi-vectors` or `a point a picture`.
        within: whether searches stay in the query's cluster.
        p50_ms, p95_ms: of a search for six products, the query's own left out.
        recall: share of the six that are truly nearest by their nearest picture, in [0, 1].
        build_s: seconds of writing and of the graph.
    """

    way: str
    within: bool
    p50_ms: float
    p95_ms: float
    recall: float
    build_s: float


def measure(products: int, pictures: int, *, searches: int = 400, seed: int = 0) -> list[Way]:
    """Search synthetic products, each with so many pictures, in both ways, everywhere and within a cluster."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, GROUPS, products)
    looks = rng.normal(size=(GROUPS, DIM))[groups] + 0.7 * rng.normal(size=(products, DIM))
    each = looks[:, None, :] + 0.5 * rng.normal(size=(products, pictures, DIM))
    vectors = unit_rows(each.reshape(-1, DIM).astype(np.float32)).reshape(products, pictures, DIM)
    clusters = [str(group * CLUSTERS // GROUPS) for group in groups]
    asked = rng.choice(products, min(searches, products), replace=False)
    truth = {int(product): _nearest(vectors, int(product)) for product in asked}
    found = []
    for way, several, ask in (("multi-vectors", True, _ask_products), ("a point a picture", False, _ask_pictures)):
        with tempfile.TemporaryDirectory(prefix="likewise-bench-") as folder:
            begun = time.perf_counter()
            shard = _shard(Path(folder) / "shard", vectors, clusters, several=several)
            built = time.perf_counter() - begun
            for within in (False, True):
                spent, met = _search(shard, vectors, clusters if within else None, truth, ask)
                p50, p95 = (1000 * float(np.percentile(spent, part)) for part in (50, 95))
                found.append(Way(way, within, p50, p95, met, built))
            shard.close()
    return found


def _nearest(vectors: Float, product: int) -> set[int]:
    scores = (vectors @ vectors[product, 0]).max(axis=1)
    scores[product] = -np.inf
    return {int(each) for each in np.argsort(-scores)[:K]}


def _shard(path: Path, vectors: Float, clusters: Sequence[str], *, several: bool) -> edge.EdgeShard:
    path.mkdir()
    nearest = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim) if several else None
    params = edge.EdgeVectorParams(size=DIM, distance=edge.Distance.Dot, multivector_config=nearest)
    shard = edge.EdgeShard.create(str(path), edge.EdgeConfig(vectors=params, wal_enabled=False))
    shard.update(edge.UpdateOperation.create_field_index("cluster", edge.KeywordIndexParams(is_tenant=True)))
    pictures = vectors.shape[1]
    points = [
        edge.Point(at, own, {"product": at if several else at // pictures, "cluster": clusters[product]})
        for product, block in enumerate(vectors)
        for at, own in ([(product, block.tolist())] if several else enumerate(block.tolist(), product * pictures))
    ]
    for start in range(0, len(points), BATCH):
        shard.update(edge.UpdateOperation.upsert_points(points[start : start + BATCH]))
    shard.optimize()
    shard.flush()
    shard.close()
    return edge.EdgeShard.load(str(path))


def _search(
    shard: edge.EdgeShard, vectors: Float, clusters: Sequence[str] | None, truth: dict[int, set[int]], ask: Ask
) -> tuple[list[float], float]:
    spent, recalls = [], []
    for product, nearest in truth.items():
        where = None
        if clusters is not None:
            match = edge.FieldCondition("cluster", match=edge.MatchValue(clusters[product]))
            where = edge.Filter(must=[match])
        begun = time.perf_counter()
        found = ask(shard, vectors[product, 0], where)
        spent.append(time.perf_counter() - begun)
        others = [each for each in found if each != product][:K]
        recalls.append(len(nearest & set(others)) / K)
    return spent, float(np.mean(recalls))


def _ask_products(shard: edge.EdgeShard, vector: Float, where: edge.Filter | None) -> list[int]:
    found = _query(shard, [vector.tolist()], where, K + 1)
    # Which picture has matched is asked for too: a store tells the greatest similarity, not whose it is.
    shard.retrieve(list(found), with_payload=False, with_vector=True)
    return found


def _ask_pictures(shard: edge.EdgeShard, vector: Float, where: edge.Filter | None) -> list[int]:
    limit = 4 * K
    while True:
        found = _query(shard, vector.tolist(), where, limit)
        products = list(dict.fromkeys(found))
        if len(products) > K or len(found) < limit:
            return products
        limit *= 2


def _query(
    shard: edge.EdgeShard, vector: list[float] | list[list[float]], where: edge.Filter | None, limit: int
) -> list[int]:
    nearest = edge.Query.Nearest(vector)
    hits = shard.query(edge.QueryRequest(limit=limit, query=nearest, filter=where, with_payload=True))
    return [(hit.payload or {})["product"] for hit in hits]


def markdown(found: Sequence[Way]) -> str:
    """A line a way and kind of search."""
    lines = ["| way | search | p50, ms | p95, ms | recall@6 | built, s |", "|---" * 6 + "|"]
    lines += [
        f"| {each.way} | {'within the cluster' if each.within else 'everywhere'} | {each.p50_ms:.2f} | "
        f"{each.p95_ms:.2f} | {each.recall:.3f} | {each.build_s:.0f} |"
        for each in found
    ]
    return "\n".join(lines) + "\n"
