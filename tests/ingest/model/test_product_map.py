"""The map of a catalog: neighbours stay neighbours, and a file that is none is refused."""

import io

import numpy as np
import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.model import ProductMap, unit_rows


def groups(n, count, width=16, seed=0):
    """Unit vectors around `count` directions, and the group of each."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(5).normal(size=(count, width))
    of = rng.integers(count, size=n)
    return unit_rows((centres[of] + 0.15 * rng.normal(size=(n, width))).astype(np.float32)), of


def test_what_looks_alike_lies_together_and_all_of_it_in_the_square():
    vectors, of = groups(400, 4)
    drawn = ProductMap.fit(vectors)
    places = drawn.place(vectors)
    assert drawn.method == "tsne"
    assert places.shape == (400, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(400)
    assert (of[apart.argmin(axis=1)] == of).mean() > 0.99


def test_unseen_products_lie_among_their_like():
    drawn = ProductMap.fit(groups(400, 4)[0])
    known, of_known = groups(400, 4)
    new, of_new = groups(60, 4, seed=9)
    before, after = drawn.place(known), drawn.place(new)
    apart = np.linalg.norm(after[:, None] - before[None], axis=2)
    assert (of_known[apart.argmin(axis=1)] == of_new).all()
    # One by one or together, a place is a place.
    np.testing.assert_allclose(drawn.place(new[:1]), after[:1], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (2, 8), (5, 1), (40, 8)])
def test_a_few_products_are_projected(shape):
    vectors = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    drawn = ProductMap.fit(vectors)
    assert drawn.method == "pca"
    assert np.isfinite(drawn.place(vectors)).all()


def test_equal_products_have_one_place():
    vectors = np.repeat(np.eye(4, dtype=np.float32), 60, axis=0)
    places = ProductMap.fit(vectors).place(vectors)
    assert len(np.unique(places.round(4), axis=0)) == 4


def test_it_comes_back_from_its_file():
    vectors, _ = groups(120, 3)
    drawn = ProductMap.fit(vectors)
    found = ProductMap.from_bytes(drawn.to_bytes())
    assert found.method == drawn.method
    np.testing.assert_array_equal(found.place(vectors), drawn.place(vectors))


def as_file(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


GOOD = {"landmarks": np.ones((3, 2), np.float32), "places": np.ones((3, 2), np.float32), "method": np.array("pca")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        as_file(**{**GOOD, "places": np.ones((2, 2), np.float32)}),
        as_file(**{**GOOD, "places": np.full((3, 2), np.nan, np.float32)}),
        as_file(**{**GOOD, "landmarks": np.ones(3, np.float32)}),
        as_file(landmarks=GOOD["landmarks"]),
        as_file(**{**GOOD, "landmarks": np.zeros((0, 2), np.float32), "places": np.zeros((0, 2), np.float32)}),
    ],
    ids=range(7),
)
def test_a_damaged_file_is_refused(data):
    with pytest.raises(StoreError, match=r"map\.npz cannot be read"):
        ProductMap.from_bytes(data)
