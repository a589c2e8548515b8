"""Over random small indexes, searches find as many products as plain counting does, and never worse ones."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.index import Manifest, Step
from likewise.ingest.index.stores import Point
from likewise.ingest.model import Model, cluster_label, cluster_sizes
from likewise.ingest.model.clusterers.kmeans import KMeans
from likewise.ingest.model.reducers.identity import Identity
from likewise.search import SearchClient

SPEC = EncoderSpec("fake", "fp32", "f" * 16, (3,))
VALUES = {"gender": ("Men", "Women"), "baseColour": ("Red", "Blue", "Pink"), "usage": ("Casual",)}


@dataclasses.dataclass
class Shop:
    """Points on a sphere that belong to the nearest of some centroids, which need not have points."""

    seed: int
    products: int
    centroids: int

    def __post_init__(self):
        rng = np.random.default_rng(self.seed)
        vectors = rng.normal(size=(self.products, 3)).astype(np.float32)
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        clusterer = KMeans(self.centroids).restore(
            {
                "centroids": rng.normal(size=(self.centroids, 3)).astype(np.float32),
                "inertia": np.array(0.0),
                "curve": np.empty((0, 2)),
            }
        )
        self.model = Model(SPEC, Identity().fit(self.vectors), clusterer)
        clusters = clusterer.predict(self.vectors)
        self.payloads = [
            {"id": str(at), "cluster": cluster_label(cluster)}
            | {key: str(rng.choice(values)) for key, values in VALUES.items() if rng.random() < 0.9}
            for at, cluster in enumerate(clusters)
        ]
        self.manifest = Manifest(
            SPEC, Step("none"), Step("kmeans"), 3, 3, self.model.hash,
            products=self.products, pictures=self.products, clusters=cluster_sizes(clusters),
        )  # fmt: skip

    def open(self, store):
        writer = store.begin(self.manifest, self.model)
        writer.upsert(
            [
                Point(each["id"], each["id"], vector, each)
                for each, vector in zip(self.payloads, self.vectors, strict=True)
            ]
        )
        return SearchClient(writer.commit(self.manifest).open())

    def wanted(self, where):
        return {each["id"] for each in self.payloads if all(meets(each.get(key), how) for key, how in where.items())}


def meets(value, how):
    return value not in how["not"] if isinstance(how, dict) else value in how


def choices(key):
    values = st.lists(st.sampled_from([*VALUES[key], "none such"]), min_size=1, unique=True)
    return st.one_of(values, st.builds(lambda chosen: {"not": chosen}, values))


SHOPS = st.builds(Shop, st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 7))
SEARCHES = st.fixed_dictionaries(
    {
        "where": st.fixed_dictionaries({}, optional={key: choices(key) for key in VALUES}),
        "k": st.integers(1, 35),
        "probe": st.one_of(st.integers(1, 8), st.just("all")),
        "include_self": st.booleans(),
    }
)


@pytest.mark.parametrize("way", ["id", "vector", "features"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shop=SHOPS, searches=st.lists(SEARCHES, min_size=1, max_size=5))
def test_as_many_hits_as_match_and_never_worse_ones_than_the_own_cluster_has(shared_store, way, shop, searches):
    with shop.open(shared_store) as client:
        for how in searches:
            check(client, shop, how, way)
    for version in shared_store.versions():
        if not version.current:
            shared_store.delete(version.name)


def check(client, shop, how, way):
    ids = [each["id"] for each in shop.payloads]
    if way == "id":
        answers = client.similar_batch(ids, **how)
    elif way == "vector":
        answers = client.similar_to_vector_batch(shop.vectors, **how)
    else:
        answers = client.similar_to_features_batch(shop.vectors, **how)
    every = shop.wanted(how["where"])
    for at, hits in enumerate(answers):
        itself = set() if way != "id" or how["include_self"] else {ids[at]}
        wanted, found = every - itself, [hit.id for hit in hits]
        assert len(found) == len(set(found)) == min(how["k"], len(wanted)), how
        assert set(found) <= wanted
        scores = shop.vectors @ shop.vectors[at]
        np.testing.assert_allclose([hit.score for hit in hits], scores[[int(name) for name in found]], atol=1e-5)
        near = {n for n in wanted if shop.payloads[int(n)]["cluster"] == shop.payloads[at]["cluster"]} - set(found)
        assert all(scores[int(name)] <= hits[-1].score + 1e-5 for name in near)
