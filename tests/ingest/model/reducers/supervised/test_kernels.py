"""Kernel regression against its definition, worked without any of the shortcuts."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from likewise.ingest.model.reducers.supervised.kernel_solvers import ExactSolver, NystromSolver
from likewise.ingest.model.reducers.supervised.kernel_training import block_shares, choose_kernels, train_kernels
from likewise.ingest.model.reducers.supervised.kernels import block_distances, block_squares, gaussian, similarity
from likewise.ingest.model.reducers.supervised.posterior import TEMPERATURES, calibrate, logarithms, mixed

EDGES = np.array([0, 4, 10])
WEIGHTS = (0.3, 0.1)
RIDGE = 0.1


@pytest.fixture
def inputs():
    X = np.random.default_rng(0).normal(size=(60, 10)).astype(np.float32)
    return X / np.sqrt((X**2).sum(axis=1, keepdims=True) / 2)


@pytest.fixture
def targets():
    return np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32)


def by_hand(X, landmarks):
    near, far = (cdist(X[:, part], landmarks[:, part], "sqeuclidean") for part in (slice(0, 4), slice(4, 10)))
    return np.exp(-WEIGHTS[0] * near - WEIGHTS[1] * far)


@pytest.mark.parametrize("weights", [WEIGHTS, (0.3, 0.0), (0.0, 0.0)])
def test_both_ways_to_the_kernel_agree(inputs, weights):
    landmarks = inputs[::3]
    apart = gaussian(block_distances(inputs, landmarks, EDGES, block_squares(landmarks, EDGES)), weights)
    np.testing.assert_allclose(similarity(inputs, landmarks, EDGES, weights), apart, atol=1e-5)
    if weights == WEIGHTS:
        np.testing.assert_allclose(apart, by_hand(inputs, landmarks), atol=1e-5)


def refit_without(X, targets, left_out):
    """Kernel ridge regression on all rows but one, asked about that one."""
    others = np.arange(len(X)) != left_out
    kernel = by_hand(X[others], X[others]) + RIDGE * np.eye(len(X) - 1)
    return by_hand(X[left_out : left_out + 1], X[others]) @ np.linalg.solve(kernel, targets[others])


def test_a_product_is_judged_by_the_regression_without_it(inputs, targets):
    solved = ExactSolver(similarity(inputs, inputs, EDGES, WEIGHTS)).solve(np.ones(60, bool), targets, RIDGE)
    for row in (0, 17, 59):
        np.testing.assert_allclose(solved.left_out[row], refit_without(inputs, targets, row)[0], atol=1e-4)


def test_unknown_products_are_estimated_and_not_learned_from(inputs, targets):
    known = np.arange(60) % 3 > 0
    solved = ExactSolver(similarity(inputs, inputs, EDGES, WEIGHTS)).solve(known, targets[known], RIDGE)
    assert (solved.coefficients[~known] == 0).all()
    kernel = by_hand(inputs[known], inputs[known]) + RIDGE * np.eye(known.sum())
    expected = by_hand(inputs[~known], inputs[known]) @ np.linalg.solve(kernel, targets[known])
    np.testing.assert_allclose(solved.left_out[~known], expected, atol=1e-4)


def test_all_rows_as_landmarks_are_exact(inputs, targets):
    known = np.arange(60) % 4 > 0
    exact = ExactSolver(similarity(inputs, inputs, EDGES, WEIGHTS)).solve(known, targets[known], RIDGE)
    spanned = NystromSolver(inputs, inputs, EDGES, WEIGHTS).solve(known, targets[known], RIDGE)
    np.testing.assert_allclose(spanned.left_out, exact.left_out, atol=5e-3)


def test_few_landmarks_come_near_and_twins_do_no_harm(targets):
    rng = np.random.default_rng(2)
    X = (rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) / 4).astype(np.float32)
    X[200:] = X[:200]
    smooth = np.sin(X[:, :2]).astype(np.float32)
    solved = NystromSolver(X, X[::4], EDGES, WEIGHTS).solve(np.ones(400, bool), smooth, RIDGE)
    assert np.isfinite(solved.coefficients).all()
    assert np.abs(solved.left_out - smooth).mean() < 0.02


def test_many_products_are_judged_without_themselves_too():
    """Leverages of many rows are measured in random directions: against those of the definition."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(2500, 10)).astype(np.float32)
    X /= np.sqrt((X**2).sum(axis=1, keepdims=True) / 2)
    targets = (np.sin(3 * X[:, :2]) + rng.normal(size=(2500, 2))).astype(np.float32)
    landmarks = X[:600]
    solved = NystromSolver(X, landmarks, EDGES, WEIGHTS).solve(np.ones(2500, bool), targets, RIDGE)
    kernel, among = by_hand(X, landmarks), by_hand(landmarks, landmarks)
    inverse = np.linalg.inv(kernel.T @ kernel + RIDGE * among + 1e-6 * np.eye(600))
    fitted = kernel @ inverse @ (kernel.T @ targets)
    leverage = np.einsum("ij,jk,ik->i", kernel, inverse, kernel)[:, None]
    expected = targets - (targets - fitted) / (1 - leverage)
    assert np.abs(solved.left_out - fitted).max() > 0.1
    assert np.sqrt(np.square(solved.left_out - expected).mean()) < 0.03 < np.abs(fitted - expected).mean()


def blocks_that_tell(n=300):
    """Two attributes: the first block tells one of them, the second block the other."""
    rng = np.random.default_rng(3)
    codes = np.stack([rng.integers(0, 3, n), rng.integers(0, 2, n)], axis=1)
    first = np.eye(4)[codes[:, 0]] * 2 + rng.normal(scale=0.3, size=(n, 4))
    second = np.eye(6)[codes[:, 1]] * 2 + rng.normal(scale=0.3, size=(n, 6))
    X = [part - part.mean(axis=0) for part in (first, second)]
    return np.hstack([part / np.sqrt((part**2).sum(axis=1).mean()) for part in X]).astype(np.float32), codes


def test_each_attribute_gets_the_kernel_that_sees_it():
    X, codes = blocks_that_tell()
    kernels, kernel_of = choose_kernels(X, EDGES, codes, (3, 2), 0)
    first, second = (kernels[at].weights for at in kernel_of)
    assert first[0] > first[1]
    assert second[1] > second[0]
    assert block_shares(1) == [(1.0,)]
    assert all(sum(mix) == pytest.approx(1) for mix in block_shares(4))


def test_the_fitted_regression_says_what_the_training_said():
    X, codes = blocks_that_tell()
    codes[:40, 0] = -1
    for landmarks in (1000, 150):
        regression, left_out = train_kernels(X, EDGES, codes, (3, 2), landmarks, 0)
        assert len(regression.landmarks) == min(landmarks, 300)
        np.testing.assert_allclose(regression.estimates_and_gaps(X[:40])[0][:, :3], left_out[:40, :3], atol=1e-3)
        for values, column in ((slice(0, 3), 0), (slice(3, 5), 1)):
            assert (left_out[40:, values].argmax(axis=1) == codes[40:, column]).mean() > 0.95


def surprise(logits, truth, temperature):
    scaled = (logits / temperature).astype(np.float64)
    return (np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(truth)), truth]).mean()


def test_the_mixture_listens_to_the_better_estimate():
    rng = np.random.default_rng(4)
    codes = np.stack([rng.integers(0, 3, 500), np.full(500, -1)], axis=1)
    good = 0.7 * np.eye(5, dtype=np.float32)[codes[:, 0]] + 0.1
    good[np.arange(500), rng.integers(0, 3, 500)] += 0.1
    bad = rng.random((500, 5)).astype(np.float32)
    both = (logarithms(good), logarithms(bad))
    share, temperature, accuracy = calibrate(both, codes, (3, 2))
    assert share[0] > 0.8
    assert accuracy[0] > 0.95
    least = [[surprise(part[:, :3], codes[:, 0], each) for each in TEMPERATURES] for part in both]
    np.testing.assert_allclose(temperature[:, 0], TEMPERATURES[np.argmin(least, axis=1)], rtol=1e-6)
    assert np.isnan(accuracy[1]), "of an attribute that no product has nothing is known"
    probabilities = mixed(both, (3, 2), share, temperature)
    np.testing.assert_allclose(probabilities[:, :3].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(probabilities[:, 3:].sum(axis=1), 1, atol=1e-5)
