import numpy as np

from likewise.ingest.model.axes import inverse_roots, leading_directions, principal_axes


def test_leading_directions_are_those_of_the_largest_uncentred_energy():
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(200, 6)) * [1, 5, 2, 0.5, 3, 0.1] + [0, 0, 9, 0, 0, 0]).astype(np.float32)
    energy, directions = np.linalg.eigh(X.T.astype(np.float64) @ X)
    found = leading_directions(X, 4)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found @ directions[:, ::-1][:, :4]), np.eye(4), atol=1e-5)
    assert (found[np.arange(4), np.abs(found).argmax(axis=1)] > 0).all()
    assert energy.argmax() == 5


def test_directions_that_do_not_exist_are_empty():
    X = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    found = leading_directions(X, 5)
    np.testing.assert_allclose(found[:3] @ found[:3].T, np.eye(3), atol=1e-5)
    assert (found[3:] == 0).all()
    assert leading_directions(X, 0).shape == (0, 3)


def test_explained_shares_sum_to_one():
    axes = principal_axes(np.random.default_rng(2).normal(size=(9000, 4)).astype(np.float32), 4)
    np.testing.assert_allclose(axes.variances.sum(), axes.total)


def test_noise_is_not_blown_up():
    # 1 / sqrt(4), 1 / sqrt(1), and nothing for what is a billion times smaller than the largest.
    np.testing.assert_array_equal(inverse_roots(np.array([4.0, 1.0, 1e-12, 0.0])), [0.5, 1, 0, 0])
