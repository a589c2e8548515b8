"""The gate on good versions and on deliberately bad ones, on every store."""

import dataclasses

import numpy as np
import pytest

from likewise.evaluation.gate import judge, measure, sample
from likewise.ingest.catalog.reader import read_catalog
from likewise.ingest.encoders.spec import EncoderSpec
from likewise.ingest.features.cache import FeatureCache
from likewise.ingest.features.encode import embed
from likewise.ingest.index.recipe import Recipe
from likewise.ingest.index.stores import Point
from likewise.ingest.index.versions import fit, write_version
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


@pytest.fixture
def shop(any_store, catalog, encoder, tmp_path):
    """A published version, and what is needed to write and judge others."""

    class Shop:
        store = any_store
        cache = FeatureCache(tmp_path / "cache", encoder.fingerprint, encoder.dim)
        embedded = embed(read_catalog(catalog).products, encoder, cache, batch_size=16, progress=Silent())
        spec = EncoderSpec(encoder.name, "fp32", encoder.fingerprint, encoder.dim)
        model = fit(embedded, cache, spec, RECIPE, Silent())

        @property
        def contents(self):
            return {p.id: content for p, content in zip(self.embedded.products, self.embedded.contents, strict=True)}

        def write(self, model=None, embedded=None):
            found = write_version(
                self.store, model or self.model, embedded or self.embedded, self.cache, [], catalog, Silent()
            )
            return found.version

        def altered(self, change):
            """A copy of the current version whose points went through `change`."""
            with self.store.open() as reader:
                manifest = reader.manifest
                points = [Point(r.id, r.vector, r.payload) for r in reader.scroll(with_vector=True)]
            points = change(points)
            clusters = {}
            for point in points:
                clusters[point.payload["cluster"]] = clusters.get(point.payload["cluster"], 0) + 1
            manifest = dataclasses.replace(
                manifest, products=len(points), clusters=clusters, catalog_fingerprint="", parent=None
            )
            writer = self.store.create_version(manifest, self.model)
            writer.upsert(points)
            return writer.commit(manifest)

        def judge(self, version, **more):
            with SearchClient.open(self.store) as current:
                before = measure(current, sample(list(self.contents), 2000, 0))
            settings = {"encoder": encoder.fingerprint, "products": 48, "before": before, **more}
            with SearchClient.open(self.store, version=version) as client:
                return judge(client, self.contents, self.cache, **settings)

    shop = Shop()
    any_store.publish(shop.write())
    return shop


def failed(verdict):
    return [check.name for check in verdict.checks if not check.passed]


def test_a_good_version_passes(shop):
    verdict = shop.judge(shop.write())
    assert verdict.passed, verdict.refusals
    assert [check.name for check in verdict.checks] == ["encoder", "counts", "removed", "self", "precision"]
    assert verdict.precision == verdict.before


def test_shuffled_vectors_are_refused(shop):
    def shuffle(points):
        order = np.random.default_rng(0).permutation(len(points))
        return [dataclasses.replace(point, vector=points[at].vector) for point, at in zip(points, order, strict=True)]

    assert "self" in failed(shop.judge(shop.altered(shuffle)))


def test_a_wrong_encoder_is_refused(shop, make_encoder):
    verdict = shop.judge(shop.write(), encoder="another")
    assert failed(verdict) == ["encoder"]
    # Vectors from an encoder that calls itself the right one:
    rows = shop.embedded.rows[np.random.default_rng(1).permutation(len(shop.embedded.rows))]
    wrong = dataclasses.replace(shop.embedded, rows=rows)
    assert "self" in failed(shop.judge(shop.write(embedded=wrong)))


def test_half_of_the_products_missing_is_refused(shop):
    half = shop.altered(lambda points: points[::2])
    assert "counts" in failed(shop.judge(half))
    # Also when the catalog itself lost them, so that the counts agree:
    assert "removed" in failed(shop.judge(half, products=24, removed=24))


def test_sizes_of_clusters_must_agree(shop):
    def move(points):
        first = points[0]
        others = sorted({point.payload["cluster"] for point in points} - {first.payload["cluster"]})
        return [dataclasses.replace(first, payload={**first.payload, "cluster": others[0]}), *points[1:]]

    version = shop.altered(move)
    verdict = shop.judge(version)
    assert verdict.passed or "self" in failed(verdict)
    with SearchClient.open(shop.store, version=version) as client:
        client._reader.manifest = dataclasses.replace(client.manifest, clusters={"0": 48})
        verdict = judge(client, shop.contents, shop.cache, encoder="fake-fingerprint", products=48, before=None)
    assert "counts" in failed(verdict)


def test_worse_recommendations_are_refused_and_the_limit_is_the_callers(shop):
    """Labels that agree with nothing any more: every count is right, every product finds itself."""

    def blind(points):
        return [
            dataclasses.replace(point, payload={**point.payload, "baseColour": str(at), "gender": str(at)})
            for at, point in enumerate(points)
        ]

    version = shop.altered(blind)
    verdict = shop.judge(version)
    assert failed(verdict) == ["precision"]
    assert "points" in verdict.refusals[0]
    assert shop.judge(version, max_drop=100.0).passed


def test_the_interval_counts_not_the_mean(shop):
    """A mean just within the limit is not enough when the queries leave room for more."""

    def blind_some(points):
        return [
            dataclasses.replace(point, payload={**point.payload, "baseColour": f"?{at}"}) if at % 7 == 0 else point
            for at, point in enumerate(points)
        ]

    version = shop.altered(blind_some)
    drop = shop.judge(version).before - shop.judge(version).precision
    assert drop > 0
    assert failed(shop.judge(version, max_drop=drop + 0.01)) == ["precision"]


def test_the_sample_depends_on_the_set_of_ids_only():
    ids = [str(at) for at in range(100)]
    assert sample(ids, 10, 0) == sample(ids[::-1], 10, 0)
    assert sample(ids, 10, 0) != sample(ids, 10, 1)
    assert sample([], 10, 0) == []
