import numpy as np
import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.model.clusterers.kmeans import KMeans
from likewise.ingest.model.drift import Baseline, stability_index
from likewise.ingest.model.estimator import unit_rows


def products(n, *, seed=0, groups=(0, 1, 2), shift=0.0):
    """Features in groups far apart, each in a plane of its own; `shift` moves all of them into unseen directions."""
    rng = np.random.default_rng(seed)
    which = rng.choice(groups, n)
    features = rng.normal(scale=0.1, size=(n, 200)).astype(np.float32)
    for group in range(5):
        features[which == group, 10 * group : 10 * group + 10] += 3
    features[:, 100:] += shift * rng.normal(size=(n, 100)).astype(np.float32)
    return features, unit_rows(np.ascontiguousarray(features[:, :60]))


@pytest.fixture(scope="module")
def fitted():
    features, vectors = products(600)
    clusterer = KMeans(3, random_state=0).fit(vectors)
    return clusterer, Baseline.measure(features, vectors, clusterer.predict(vectors))


def report(fitted, features, vectors):
    clusterer, baseline = fitted
    return baseline.drift(features, vectors, clusterer.predict(vectors))


def test_more_of_the_same_is_no_drift(fitted):
    found = report(fitted, *products(600, seed=1))
    assert found.reasons == ()
    assert found.outliers < 0.03
    assert found.cluster_shift < 0.05
    assert found.variance_lost == pytest.approx(found.variance_lost_at_fit, abs=0.02)


def test_a_group_that_grows_is_a_shift_of_clusters(fitted):
    found = report(fitted, *products(600, seed=1, groups=(0, 0, 0, 0, 0, 0, 1, 2)))
    assert found.refit
    assert "cluster sizes shifted" in found.reasons[0]


def test_products_of_a_new_kind_are_outliers(fitted):
    found = report(fitted, *products(600, seed=1, groups=(0, 1, 2, 4)))
    assert any("far from every product" in reason for reason in found.reasons)
    assert found.outliers > 0.2


def test_variance_in_new_directions_is_lost(fitted):
    found = report(fitted, *products(600, seed=1, shift=2.0))
    assert found.variance_lost > found.variance_lost_at_fit
    assert any("variance lost" in reason for reason in found.reasons)


def test_a_catalog_of_equal_products_does_not_drift():
    features, vectors = np.ones((20, 8), np.float32), unit_rows(np.ones((20, 4), np.float32))
    clusters = np.zeros(20, np.intp)
    found = Baseline.measure(features, vectors, clusters).drift(features, vectors, clusters)
    assert found.reasons == ()


def test_a_cluster_that_did_not_exist_counts_as_far(fitted):
    features, vectors = products(100)
    found = fitted[1].drift(features, vectors, np.full(100, 9))
    assert found.outliers == 1.0


def test_the_baseline_travels_as_plain_arrays(fitted):
    again = Baseline.from_bytes(fitted[1].to_bytes())
    features, vectors = products(300, seed=5)
    assert report((fitted[0], again), features, vectors) == report(fitted, features, vectors)
    for damaged in (b"", b"PK", fitted[1].to_bytes()[:-30]):
        with pytest.raises(StoreError, match="Refit"):
            Baseline.from_bytes(damaged)


def test_stability_index_by_hand():
    # 0.5 -> 0.6 and 0.5 -> 0.4: 0.1 ln 1.2 - 0.1 ln 0.8 = 0.01823 + 0.02231
    assert stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4]), 100) == pytest.approx(0.04055, abs=1e-4)
    assert stability_index(np.array([0.5, 0.5]), np.array([0.5, 0.5]), 100) == 0
    # An empty cell counts as half a product of a hundred: 0.5 ln 100 + 0.5 ln 2
    assert stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0]), 100) == pytest.approx(
        0.5 * np.log(2) + 0.495 * np.log(100), abs=1e-6
    )
