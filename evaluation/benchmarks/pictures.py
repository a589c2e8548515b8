"""Two ways to keep products with several pictures, in one run: a point a product or a point a picture.

A product that is one point has a multi-vector, of which the engine takes the greatest similarity. Products whose every
picture is a point have to be told apart afterwards, as the embedded engine has no grouping: a search asks for more and
more points until they are of k products.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.index import Point, Query
from likewise.ingest.index.filters import EVERYTHING, Filter, OneOf
from likewise.ingest.model import unit_rows

from .shards import Shard, make_shard

DIM = 100
K = 6
GROUPS = 200
CLUSTERS = 10

Ask = Callable[[Shard, Float, Filter], list[str]]


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
    truth = {str(product): _nearest(vectors, int(product)) for product in asked}
    found = []
    for way, several, ask in (("multi-vectors", True, _ask_products), ("a point a picture", False, _ask_pictures)):
        with tempfile.TemporaryDirectory(prefix="likewise-bench-") as folder:
            begun = time.perf_counter()
            points = _points(vectors, clusters, several=several)
            shard = make_shard(Path(folder) / "shard", points, "dot", several=several)
            built = time.perf_counter() - begun
            for within in (False, True):
                spent, met = _search(shard, vectors, clusters if within else None, truth, ask)
                p50, p95 = (1000 * float(np.percentile(spent, part)) for part in (50, 95))
                found.append(Way(way, within, p50, p95, met, built))
            shard.close()
    return found


def _nearest(vectors: Float, product: int) -> set[str]:
    scores = (vectors @ vectors[product, 0]).max(axis=1)
    scores[product] = -np.inf
    return {str(each) for each in np.argsort(-scores)[:K]}


def _points(vectors: Float, clusters: Sequence[str], *, several: bool) -> list[Point]:
    """A point a product, or a point a picture that knows its product."""
    points = []
    for product, (own, cluster) in enumerate(zip(vectors, clusters, strict=True)):
        payload = {"id": str(product), "cluster": cluster}
        keyed = {str(product): own} if several else {f"{product}-{at}": each for at, each in enumerate(own)}
        points += [Point(key, str(product), vector, payload) for key, vector in keyed.items()]
    return points


def _search(
    shard: Shard, vectors: Float, clusters: Sequence[str] | None, truth: Mapping[str, set[str]], ask: Ask
) -> tuple[list[float], float]:
    spent, recalls = [], []
    for product, nearest in truth.items():
        number = int(product)
        where = EVERYTHING if clusters is None else OneOf("cluster", (clusters[number],))
        begun = time.perf_counter()
        found = ask(shard, vectors[number, 0], where)
        spent.append(time.perf_counter() - begun)
        others = [each for each in found if each != product][:K]
        recalls.append(len(nearest & set(others)) / K)
    return spent, float(np.mean(recalls))


def _ask_products(shard: Shard, vector: Float, where: Filter) -> list[str]:
    (hits,) = shard.search([Query(vector, K + 1, where)])
    found = [hit.id for hit in hits]
    # Which picture has matched is asked for too: a store tells the greatest similarity, not whose it is.
    shard.retrieve(found, with_vector=True)
    return found


def _ask_pictures(shard: Shard, vector: Float, where: Filter) -> list[str]:
    limit = 4 * K
    while True:
        (hits,) = shard.search([Query(vector, limit, where)])
        products = list(dict.fromkeys(hit.id for hit in hits))
        if len(products) > K or len(hits) < limit:
            return products
        limit *= 2


def markdown(found: Sequence[Way]) -> str:
    """A line a way and kind of search."""
    lines = ["| way | search | p50, ms | p95, ms | recall@6 | built, s |", "|---" * 6 + "|"]
    lines += [
        f"| {each.way} | {'within the cluster' if each.within else 'everywhere'} | {each.p50_ms:.2f} | "
        f"{each.p95_ms:.2f} | {each.recall:.3f} | {each.build_s:.0f} |"
        for each in found
    ]
    return "\n".join(lines) + "\n"
