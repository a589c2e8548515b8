import numpy as np
import pytest

from likewise.evaluation.benchmarks.scale import (
    VALUES,
    Cost,
    attributes,
    clumps,
    features,
    growth,
    markdown,
    measure,
    methods,
    plot,
)
from likewise.ingest.errors import ParameterError


def test_the_exponent_of_a_power_law_is_found():
    costs = [Cost("x", n, 3e-6 * n**1.5, 1.0, 1.0) for n in (1000, 4000, 9000)]
    assert growth(costs, "fit_s") == pytest.approx({"x": 1.5})


def test_the_features_are_like_an_average_pools():
    X = features(600)
    assert X.shape == (600, 2048)
    assert X.dtype == np.float32
    assert (X >= 0).all()
    np.testing.assert_array_equal(X[:5], features(600)[:5])
    shares = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)[:100] ** 2
    assert 0.4 < shares.sum() / ((X - X.mean(axis=0)) ** 2).sum() < 0.999


def test_a_measurement_is_made_in_its_own_process_kept_and_not_repeated(tmp_path):
    said = []
    costs = measure(tmp_path, sizes=[300, 600], names=["pca", "kmeans"], say=said.append)
    assert [(cost.method, cost.n) for cost in costs] == [("pca", 300), ("pca", 600), ("kmeans", 300), ("kmeans", 600)]
    assert all(cost.fit_s > 0 and cost.map_per_s > 0 and cost.peak_mib > 10 for cost in costs)
    assert len(said) == 4
    assert measure(tmp_path, sizes=[300, 600], names=["pca", "kmeans"], say=said.append) == costs
    assert len(said) == 4
    assert "| kmeans |" in markdown(costs)
    plot(costs, tmp_path / "scale.png")
    assert (tmp_path / "scale.png").stat().st_size > 5000


def test_an_unknown_method_lists_the_known_ones(tmp_path):
    assert {"pca", "isomap", "attributes", "spectral"} <= set(methods())
    with pytest.raises(ParameterError, match=r"Known: .*pca"):
        measure(tmp_path, names=["lda"])


def test_the_learned_reducer_gets_attributes_that_the_clumps_mostly_tell(tmp_path):
    _, groups = clumps(500)
    found = attributes(groups)
    assert list(found) == list(VALUES)
    assert 0.8 < np.mean(found["gender"] == (groups % VALUES["gender"]).astype(str)) < 1
    (cost,) = measure(tmp_path, sizes=[200], names=["attributes"])
    assert cost.method == "attributes"
    assert cost.fit_s > 0
