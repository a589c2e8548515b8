"""Every reducer through the same checks."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from likewise.ingest.arrays import load_state, save_state
from likewise.ingest.errors import ParameterError
from likewise.ingest.model import Capabilities
from likewise.ingest.model.reducers import REDUCERS, Reducer

DIM = 5

METHODS = {
    "none": ("none", {}),
    "pca": ("pca", {}),
    "kernel-pca-rbf": ("kernel-pca", {}),
    "kernel-pca-cosine": ("kernel-pca", {"kernel": "cosine"}),
    "kernel-pca-poly": ("kernel-pca", {"kernel": "poly"}),
    "kernel-pca-sigmoid": ("kernel-pca", {"kernel": "sigmoid", "gamma": 0.001, "coef0": 0.0}),
    "kernel-pca-nystrom": ("kernel-pca", {"landmarks": 150}),
    "isomap": ("isomap", {}),
    "isomap-landmarks": ("isomap", {"landmarks": 200}),
    "umap": ("umap", {}),
    "umap-landmarks": ("umap", {"landmarks": 200}),
    "tsne": ("tsne", {}),
    "tsne-landmarks": ("tsne", {"landmarks": 200}),
}
"""Test id to registered name and the parameters that differ from the defaults."""


def make(method: str) -> Reducer:
    name, params = METHODS[method]
    common = {} if name == "none" else {"n_components": DIM, "random_state": 3}
    return REDUCERS[name](**common, **params)


@pytest.fixture(scope="session")
def fitted(seen: np.ndarray) -> dict[str, Reducer]:
    """One fit of each method for the whole module: fitting is what costs."""
    return {method: make(method).fit(seen) for method in METHODS}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def reducer(method: str, fitted: dict[str, Reducer]) -> Reducer:
    return fitted[method]


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest deviation of a row, as a share of that row's length."""
    return float((np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)).max())


def test_every_registered_reducer_is_under_contract():
    # The one that learns attributes has a contract of its own, in supervised/test_reducer.py.
    assert {name for name, _ in METHODS.values()} | {"attributes"} == set(REDUCERS)


def test_shape_and_type(reducer, seen, unseen):
    for X in (seen, unseen, unseen[:1]):
        vectors = reducer.transform(X)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(X), reducer.index_dim)
        assert np.isfinite(vectors).all()
    assert reducer.index_dim == (seen.shape[1] if reducer.name == "none" else DIM)


def test_a_seed_fixes_the_result(method, reducer, seen, unseen):
    again = make(method).fit(seen)
    for key, array in reducer.arrays().items():
        np.testing.assert_array_equal(again.arrays()[key], array, err_msg=key)
    np.testing.assert_array_equal(again.transform(unseen), reducer.transform(unseen))


def test_a_vector_does_not_depend_on_its_batch(reducer, seen, unseen):
    X = np.concatenate([unseen, seen[:40]])
    together = reducer.transform(X)
    alone = np.concatenate([reducer.transform(row[None]) for row in X])
    backwards = reducer.transform(X[::-1])[::-1]
    assert relative(alone, together) <= 1e-4
    assert relative(backwards, together) <= 1e-4


def test_saved_and_loaded_it_maps_alike(reducer, unseen, tmp_path):
    save_state(tmp_path, "reducer", reducer.params(), reducer.arrays())
    params, arrays = load_state(tmp_path, "reducer")
    loaded = type(reducer)(**params).restore(arrays)
    np.testing.assert_array_equal(loaded.transform(unseen), reducer.transform(unseen))
    assert (loaded.index_dim, loaded.params(), loaded.info()) == (reducer.index_dim, reducer.params(), reducer.info())


def test_only_a_reducer_that_learns_attributes_predicts_them(reducer, unseen):
    assert (reducer.learns_attributes, reducer.capabilities) == (False, Capabilities())
    assert reducer.vector_dim == reducer.index_dim
    with pytest.raises(ParameterError, match=f"{reducer.name}.*--reducer attributes"):
        reducer.probabilities(unseen)


def test_unseen_vectors_land_near_their_neighbours(reducer, seen, unseen):
    """Trustworthiness (Venna and Kaski 2001) of seen and unseen vectors together; chance is 0.5."""
    from sklearn.manifold import trustworthiness

    X = np.concatenate([seen, unseen])
    assert trustworthiness(X, reducer.transform(X), n_neighbors=10, metric="cosine") >= 0.9


def test_a_seen_vector_moves_little_when_nudged(reducer, seen):
    """A photo that is decoded a little differently must still find its product."""
    vectors = reducer.transform(seen)
    nudged = reducer.transform(seen * np.float32(1.0005))
    spread = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1).mean()
    assert np.median(np.linalg.norm(nudged - vectors, axis=1)) <= 0.05 * spread


def test_a_memory_map_is_fitted_and_left_alone(method, reducer, seen, unseen, tmp_path):
    np.save(tmp_path / "features.npy", seen)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    found = make(method).fit(mapped).transform(unseen)
    np.testing.assert_allclose(found, reducer.transform(unseen), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(mapped, seen)


def test_twins_and_an_empty_picture_do_no_harm(method, seen):
    """A catalog has duplicates, and an image may have no feature at all."""
    X = np.concatenate([seen[:150], np.repeat(seen[:3], 12, axis=0), np.zeros((2, seen.shape[1]), np.float32)])
    vectors = make(method).fit(X).transform(X)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(vectors[150:162], np.repeat(vectors[:1], 12, axis=0), rtol=1e-3, atol=1e-3)


def test_what_it_says_fits_into_a_manifest(reducer):
    assert json.loads(json.dumps(reducer.params())) == reducer.params()
    assert json.loads(json.dumps(reducer.info(), allow_nan=False)) == reducer.info()
    if reducer.name != "none":
        assert isinstance(reducer.info()["method"], str)


def test_nan_is_refused_with_its_row(method, reducer, seen, unseen):
    broken = unseen.copy()
    broken[17, 3] = np.nan
    with pytest.raises(ParameterError, match="vector 17"):
        reducer.transform(broken)
    broken = seen.copy()
    broken[230, 0] = np.inf
    with pytest.raises(ParameterError, match="vector 230"):
        make(method).fit(broken)


def test_another_width_is_refused_with_both(reducer, unseen):
    with pytest.raises(ParameterError, match=r"24-d.*23-d"):
        reducer.transform(unseen[:, :23])


def test_one_vector_is_no_matrix(method, reducer, unseen):
    with pytest.raises(ParameterError, match=r"\(24,\)"):
        reducer.transform(unseen[0])
    with pytest.raises(ParameterError, match=r"\(24,\)"):
        make(method).fit(unseen[0])


def test_too_few_products_are_refused_with_advice(method, seen):
    if method == "none":
        assert make(method).fit(seen[:1]).index_dim == seen.shape[1]
        return
    with pytest.raises(ParameterError, match=r"3 vectors|received 3"):
        make(method).fit(seen[:3])


@pytest.mark.parametrize("components", [0, -1, 2.5, 10_000])
def test_impossible_numbers_of_components_are_refused(method, seen, components):
    name, params = METHODS[method]
    if name == "none":
        assert make(method).params() == {}
        return
    with pytest.raises(ParameterError, match="components"):
        REDUCERS[name](**params, n_components=components).fit(seen)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("pca", {"random_state": -1}),
        ("kernel-pca", {"landmarks": 0}),
        ("isomap", {"n_neighbors": 0}),
        ("umap", {"n_epochs": "many"}),
        ("umap", {"min_dist": 2.0}),
        ("tsne", {"perplexity": 0.2}),
        ("tsne", {"n_iter": 0}),
    ],
)
def test_impossible_parameters_are_refused_with_their_value(name, params, seen):
    (value,) = params.values()
    with pytest.raises(ParameterError, match=f"{name} takes.*received {value!r}"):
        REDUCERS.create(name, **{"n_components": DIM, **params}).fit(seen)


def test_searching_needs_none_of_the_libraries_that_fitted(fitted, unseen, tmp_path):
    """Loads every method and maps vectors in a process that must not import them."""
    for method, reducer in fitted.items():
        save_state(tmp_path, method, {"name": reducer.name, "params": reducer.params()}, reducer.arrays())
    np.save(tmp_path / "unseen.npy", unseen)
    program = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from likewise.ingest.arrays import load_state\n"
        "from likewise.ingest.model.reducers import REDUCERS\n"
        f"folder = Path({str(tmp_path)!r}); X = np.load(folder / 'unseen.npy')\n"
        f"for method in {list(fitted)!r}:\n"
        "    header, arrays = load_state(folder, method)\n"
        "    vectors = REDUCERS[header['name']](**header['params']).restore(arrays).transform(X)\n"
        "    np.save(folder / f'{method}.npy', vectors)\n"
        "heavy = {'sklearn', 'scipy', 'umap', 'numba', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for method, reducer in fitted.items():
        found = np.load(Path(tmp_path) / f"{method}.npy")
        np.testing.assert_allclose(found, reducer.transform(unseen), rtol=1e-4, atol=1e-4)
