"""The learned reducer on features that hide the attributes in a few of many directions."""

import subprocess
import sys

import numpy as np
import pytest

from likewise.ingest.arrays import save_state
from likewise.ingest.errors import ParameterError
from likewise.ingest.model import Capabilities, weighed
from likewise.ingest.model.reducers import REDUCERS
from likewise.ingest.model.reducers.supervised.reducer import PRIOR, Attributes

COLOURS = np.array(["Black", "Blue", "Green", "Red", "White"])
GENDERS = np.array(["Men", "Women"])
TYPES = np.array(["Belts", "Shirts", "Shoes", "Watches"])


def products(n, seed=0):
    """float32[n, 60] features of which five directions tell the attributes and forty are louder."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, len(values), n) for values in (GENDERS, TYPES, COLOURS)], axis=1)
    mixing = np.random.default_rng(99)
    signal = sum(
        mixing.normal(size=(len(values), 20))[codes[:, at]] for at, values in enumerate((GENDERS, TYPES, COLOURS))
    )
    loud = rng.normal(scale=2.5, size=(n, 40))
    features = np.hstack([signal + 0.5 * rng.normal(size=(n, 20)), loud]) + 8
    attributes = {"gender": GENDERS[codes[:, 0]], "articleType": TYPES[codes[:, 1]], "baseColour": COLOURS[codes[:, 2]]}
    return features.astype(np.float32), attributes


@pytest.fixture(scope="module")
def fitted():
    features, attributes = products(900)
    return Attributes(12, blocks=[20, 40], members=2, hidden=64).fit(features, attributes), features, attributes


def precision(queries, stored, asked, known, k=6):
    best = np.argsort(-(queries @ stored.T), axis=1)[:, :k]
    return np.mean([[known[name][best] == asked[name][:, None]] for name in known])


def test_unseen_pictures_find_products_of_the_same_kind(fitted):
    reducer, features, attributes = fitted
    unseen, truth = products(200, seed=1)
    plain = features / np.linalg.norm(features, axis=1, keepdims=True)
    asked = unseen / np.linalg.norm(unseen, axis=1, keepdims=True)
    raw = precision(asked, plain, truth, attributes)
    stored, queries = reducer.point_vectors(features, attributes), reducer.point_vectors(unseen)
    appearance = precision(weighed(queries, 12, 0.0), stored, truth, attributes)
    both = precision(weighed(queries, 12, PRIOR), stored, truth, attributes)
    assert raw < 0.7 < appearance
    assert both > appearance - 0.01
    assert both > 0.85


def test_the_halves_are_a_unit_appearance_and_a_share_of_expected_matches(fitted):
    reducer, features, attributes = fitted
    stored = reducer.point_vectors(features, attributes)
    assert stored.shape == (900, reducer.vector_dim)
    np.testing.assert_allclose(stored[:, :12], reducer.transform(features), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(stored[:, :12], axis=1), 1, atol=1e-5)
    # A query by probabilities against a product with known attributes: the mean of what is expected to be equal.
    queries = reducer.point_vectors(products(50, seed=2)[0])
    found = reducer.probabilities(products(50, seed=2)[0])
    expected = np.mean(
        [found[name][:, np.searchsorted(reducer.values_[name], attributes[name])] for name in reducer.values_], axis=0
    )
    np.testing.assert_allclose(queries[:, 12:] @ stored[:, 12:].T, expected, atol=0.02)


def test_it_declares_what_it_learned(fitted):
    reducer, _, _ = fitted
    assert reducer.capabilities == Capabilities(
        predicts=("gender", "articleType", "baseColour"), prior=PRIOR, threshold=round(reducer.threshold_, 4)
    )
    assert reducer.info()["values"] == {"gender": 2, "articleType": 4, "baseColour": 5}
    assert set(reducer.info()) == {"values", "accuracy"}


def test_probabilities_are_calibrated_and_sum_to_one(fitted):
    reducer, _, _ = fitted
    unseen, truth = products(800, seed=3)
    for name, found in reducer.probabilities(unseen).items():
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
        hit = reducer.values_[name][found.argmax(axis=1)] == truth[name]
        assert abs(hit.mean() - found.max(axis=1).mean()) < 0.1


def test_the_same_seed_gives_the_same_reducer_and_another_one_another(fitted):
    _, features, attributes = fitted
    first, second, other = (
        Attributes(4, members=2, hidden=16, random_state=seed).fit(features[:200], head(attributes, 200)).arrays()
        for seed in (5, 5, 6)
    )
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


def head(attributes, n):
    return {name: column[:n] for name, column in attributes.items()}


def test_a_rows_vector_does_not_depend_on_the_others(fitted):
    reducer, features, attributes = fitted
    whole = reducer.point_vectors(features[:50], head(attributes, 50))
    alone = np.concatenate(
        [
            reducer.point_vectors(
                features[at : at + 1], {name: column[at : at + 1] for name, column in attributes.items()}
            )
            for at in range(50)
        ]
    )
    np.testing.assert_allclose(alone, whole, atol=1e-4)


def test_it_is_restored_from_plain_arrays(fitted):
    reducer, features, attributes = fitted
    again = REDUCERS.create("attributes", **reducer.params()).restore(reducer.arrays())
    np.testing.assert_array_equal(again.point_vectors(features[:9], head(attributes, 9)),
                                  reducer.point_vectors(features[:9], head(attributes, 9)))  # fmt: skip
    assert again.info() == reducer.info()
    assert not any(array.dtype.hasobject for array in reducer.arrays().values())


def test_searching_needs_none_of_the_libraries_that_fitted(fitted, tmp_path):
    reducer, features, _ = fitted
    save_state(tmp_path, "reducer", {"params": reducer.params()}, reducer.arrays())
    np.save(tmp_path / "X.npy", features[:20])
    program = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from likewise.ingest.arrays import load_state\n"
        "from likewise.ingest.model.reducers import REDUCERS\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "header, arrays = load_state(folder, 'reducer')\n"
        "reducer = REDUCERS['attributes'](**header['params']).restore(arrays)\n"
        "np.save(folder / 'found.npy', reducer.point_vectors(np.load(folder / 'X.npy')))\n"
        "heavy = {'sklearn', 'scipy.linalg', 'scipy.sparse', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "found.npy"), reducer.point_vectors(features[:20]), atol=1e-4)


def test_missing_values_and_missing_attributes_are_no_obstacle(fitted):
    _, features, attributes = fitted
    rng = np.random.default_rng(0)
    holes = {name: np.where(rng.random(900) < 0.3, "", column) for name, column in attributes.items()}
    unseen, truth = products(200, seed=1)
    reducer = Attributes(12, blocks=[20, 40], members=2, hidden=64).fit(features, holes)
    stored, queries = reducer.point_vectors(features, holes), reducer.point_vectors(unseen)
    assert precision(weighed(queries, 12, 0.95), stored, truth, attributes) > 0.75
    one = Attributes(12, attributes=["baseColour"], members=2, hidden=32).fit(features, attributes)
    assert list(one.values_) == ["baseColour"]
    none = Attributes(12, members=2, hidden=32).fit(features, {**attributes, "gender": np.full(900, "")})
    assert "gender" not in none.values_


def test_of_a_picture_unlike_any_product_no_more_is_said_than_of_a_product_drawn_blindly(fitted):
    reducer, features, attributes = fitted
    strange = np.random.default_rng(7).normal(scale=60, size=(20, 60)).astype(np.float32) + 8
    for name, found in reducer.probabilities(strange).items():
        shares = [(attributes[name] == value).mean() for value in reducer.values_[name]]
        np.testing.assert_allclose(found, np.tile(shares, (20, 1)), atol=0.15)
    stored = reducer.point_vectors(features, attributes)
    asked = [weighed(reducer.point_vectors(each), 12, PRIOR) for each in (strange, products(200, seed=4)[0])]
    unlike, alike = ((each @ stored.T).max(axis=1) for each in asked)
    assert (unlike < reducer.threshold_).all()
    assert (alike > reducer.threshold_).mean() > 0.9


def test_a_value_that_was_never_seen_counts_as_unknown(fitted):
    reducer, features, attributes = fitted
    strange = {name: np.array(["Purple"]) for name in attributes}
    np.testing.assert_array_equal(reducer.point_vectors(features[:1], strange), reducer.point_vectors(features[:1]))


def test_rare_values_and_tiny_catalogs_do_not_break_it():
    features, attributes = products(30)
    attributes["baseColour"] = np.array([f"colour-{at}" for at in range(30)])
    assert Attributes(4, members=2, hidden=8).fit(features, attributes).point_vectors(features, attributes).shape == (
        30,
        8,
    )


@pytest.mark.parametrize(
    ("attributes", "params", "text"),
    [
        ({}, {}, "no two products differ"),
        ({"gender": np.full(20, "Men")}, {}, "no two products differ"),
        (None, {}, "no two products differ"),
        ({"gender": np.array(["Men", "Women"] * 10)}, {"blocks": [10, 10]}, "blocks of"),
        ({"gender": np.array(["Men", "Women"] * 10)}, {"n_components": 500}, "cannot make 500 components"),
    ],
)
def test_what_cannot_be_learned_is_named(attributes, params, text):
    with pytest.raises(ParameterError, match=text):
        Attributes(**{"n_components": 4, "members": 2, "hidden": 8, **params}).fit(products(20)[0], attributes)
