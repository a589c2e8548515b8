"""Every clusterer through the same checks."""

import json
import subprocess
import sys

import numpy as np
import pytest

from likewise.ingest.arrays import load_state, save_state
from likewise.ingest.errors import ParameterError
from likewise.ingest.model.clusterers import CLUSTERERS, Clusterer

GROUPS = 6

METHODS = {
    "none": ("none", {}),
    "kmeans": ("kmeans", {"n_clusters": GROUPS, "random_state": 2}),
    "spectral": ("spectral", {"n_clusters": GROUPS, "random_state": 2}),
    "kmeans-auto": ("kmeans", {"n_clusters": "auto", "random_state": 2}),
    "spectral-auto": ("spectral", {"n_clusters": "auto", "random_state": 2}),
    "spectral-landmarks": ("spectral", {"n_clusters": GROUPS, "random_state": 2, "landmarks": 200}),
}
"""Test id to registered name and parameters."""


def make(method: str) -> Clusterer:
    name, params = METHODS[method]
    return CLUSTERERS[name](**params)


@pytest.fixture(scope="session")
def fitted(seen) -> dict[str, Clusterer]:
    return {method: make(method).fit(seen[0]) for method in METHODS}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def clusterer(method: str, fitted: dict[str, Clusterer]) -> Clusterer:
    return fitted[method]


def test_every_registered_clusterer_is_under_contract():
    assert {name for name, _ in METHODS.values()} == set(CLUSTERERS)


def test_shape_and_type(clusterer, unseen):
    X, _ = unseen
    k = clusterer.n_clusters_
    assert k == (1 if clusterer.name == "none" else GROUPS)
    for n in (1, 2, k, k + 5):
        ranks = clusterer.rank(X, n)
        assert ranks.dtype == np.intp
        assert ranks.shape == (len(X), min(n, k))


def test_a_ranking_names_each_cluster_once_and_predict_is_its_head(clusterer, unseen):
    X, _ = unseen
    k = clusterer.n_clusters_
    full = clusterer.rank(X, k)
    np.testing.assert_array_equal(np.sort(full, axis=1), np.tile(np.arange(k), (len(X), 1)))
    for n in range(1, k + 1):
        np.testing.assert_array_equal(clusterer.rank(X, n), full[:, :n])
    np.testing.assert_array_equal(clusterer.predict(X), full[:, 0])


def test_unseen_vectors_join_their_own_group(clusterer, seen, unseen):
    """Adjusted Rand index with the groups that the vectors were drawn from; chance is 0."""
    from sklearn.metrics import adjusted_rand_score

    for X, group in (seen, unseen):
        score = adjusted_rand_score(group, clusterer.predict(X))
        assert score >= 0.95 or clusterer.name == "none"


def test_every_cluster_holds_someone(clusterer, seen):
    assert set(clusterer.predict(seen[0])) == set(range(clusterer.n_clusters_))


def test_a_seed_fixes_the_result(method, clusterer, seen):
    again = make(method).fit(seen[0])
    for key, array in clusterer.arrays().items():
        np.testing.assert_array_equal(again.arrays()[key], array, err_msg=key)


def test_a_vector_does_not_depend_on_its_batch(clusterer, unseen):
    X, _ = unseen
    k = clusterer.n_clusters_
    together = clusterer.rank(X, k)
    np.testing.assert_array_equal(np.concatenate([clusterer.rank(row[None], k) for row in X]), together)
    np.testing.assert_array_equal(clusterer.rank(X[::-1], k)[::-1], together)


def test_saved_and_loaded_it_ranks_alike(clusterer, unseen, tmp_path):
    save_state(tmp_path, "clusterer", clusterer.params(), clusterer.arrays())
    params, arrays = load_state(tmp_path, "clusterer")
    loaded = type(clusterer)(**params).restore(arrays)
    k = clusterer.n_clusters_
    np.testing.assert_array_equal(loaded.rank(unseen[0], k), clusterer.rank(unseen[0], k))
    assert (loaded.params(), loaded.info()) == (clusterer.params(), clusterer.info())


def test_what_it_says_fits_into_a_manifest(clusterer):
    assert json.loads(json.dumps(clusterer.params())) == clusterer.params()
    assert json.loads(json.dumps(clusterer.info(), allow_nan=False)) == clusterer.info()


def test_twins_do_no_harm(method, seen):
    X = np.concatenate([seen[0], np.repeat(seen[0][:4], 20, axis=0)])
    clusters = make(method).fit(X).predict(X)
    np.testing.assert_array_equal(clusters[-80:], np.repeat(clusters[:4], 20))


def test_nan_is_refused_with_its_row(method, clusterer, seen):
    broken = seen[0].copy()
    broken[12, 1] = np.nan
    with pytest.raises(ParameterError, match="vector 12"):
        make(method).fit(broken)
    with pytest.raises(ParameterError, match="vector 12"):
        clusterer.predict(broken)


def test_another_width_is_refused_with_both(clusterer, unseen):
    with pytest.raises(ParameterError, match=r"8-d.*7-d"):
        clusterer.predict(unseen[0][:, :7])


def test_too_few_products_are_refused_with_advice(method, seen):
    clusterer = make(method)
    if clusterer.name == "none":
        assert clusterer.fit(seen[0][:1]).n_clusters_ == 1
        return
    with pytest.raises(ParameterError, match=r"received 5.*fewer"):
        clusterer.fit(seen[0][:5])


@pytest.mark.parametrize("count", [0, -3, 2.5, "many"])
@pytest.mark.parametrize("name", [name for name in CLUSTERERS if name != "none"])
def test_impossible_numbers_of_clusters_are_refused(name, seen, count):
    with pytest.raises(ParameterError, match="clusters"):
        CLUSTERERS[name](n_clusters=count).fit(seen[0])


def test_more_clusters_than_landmarks_are_refused(seen):
    with pytest.raises(ParameterError, match="6 clusters of 6 landmarks"):
        CLUSTERERS.create("spectral", n_clusters=GROUPS, landmarks=6).fit(seen[0])


def test_searching_needs_none_of_the_libraries_that_fitted(fitted, unseen, tmp_path):
    for method, clusterer in fitted.items():
        save_state(tmp_path, method, {"name": clusterer.name, "params": clusterer.params()}, clusterer.arrays())
    np.save(tmp_path / "unseen.npy", unseen[0])
    program = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from likewise.ingest.arrays import load_state\n"
        "from likewise.ingest.model.clusterers import CLUSTERERS\n"
        f"folder = Path({str(tmp_path)!r}); X = np.load(folder / 'unseen.npy')\n"
        f"for method in {list(fitted)!r}:\n"
        "    header, arrays = load_state(folder, method)\n"
        "    clusterer = CLUSTERERS[header['name']](**header['params']).restore(arrays)\n"
        "    np.save(folder / f'{method}.npy', clusterer.predict(X))\n"
        "heavy = {'sklearn', 'scipy', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for method, clusterer in fitted.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{method}.npy"), clusterer.predict(unseen[0]))
