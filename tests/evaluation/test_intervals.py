"""The statistics against cases whose answer is known: coverage, false-positive rate, power, worked examples."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from likewise.evaluation.intervals import (
    Interval,
    bootstrap_mean,
    bootstrap_mean_of_means,
    holm,
    paired_difference,
    paired_randomization_test,
    verdict,
)
from likewise.ingest.errors import ParameterError


def scores(rng, n, mean=0.8):
    """Skewed like real scores: half of the queries are perfect, the rest are multiples of 1/30."""
    return np.where(rng.random(n) < 0.5, 1.0, rng.binomial(30, 2 * mean - 1, n) / 30)


def test_value_is_the_mean_and_lies_inside():
    values = scores(np.random.default_rng(0), 100)
    found = bootstrap_mean(values)
    assert found.value == pytest.approx(values.mean())
    assert found.low < found.value < found.high
    assert (found.n, found.level) == (100, 0.95)


@pytest.mark.parametrize("values", [[0.1] * 100, [1.0] * 7, [0.3]])
def test_constant_scores_have_no_width(values):
    assert bootstrap_mean(np.array(values)) == Interval(values[0], values[0], values[0], len(values))


def test_two_queries_give_the_widest_interval():
    # The resampled means are 0, 1/2 and 1 with probability 1/4, 1/2, 1/4: the 2.5 % quantiles are the extremes.
    found = bootstrap_mean(np.array([0.0, 1.0]))
    assert (found.low, found.high) == (0, 1)


def test_same_seed_same_interval():
    values = scores(np.random.default_rng(0), 50)
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3)
    assert bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_queries_that_cannot_be_scored_are_left_out():
    values = scores(np.random.default_rng(0), 50)
    assert bootstrap_mean(np.append(values, np.nan)) == bootstrap_mean(values)
    nothing = bootstrap_mean(np.array([np.nan]))
    assert nothing.n == 0
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()


def test_mean_of_means_gives_each_category_the_same_weight():
    # Apparel 0.5 over four queries, Footwear 1.0 over one, nothing known of Accessories: (0.5 + 1) / 2
    groups = {"Apparel": np.array([0, 1, 0, 1.0]), "Footwear": np.ones(1), "Accessories": np.empty(0)}
    found = bootstrap_mean_of_means(groups)
    assert found.value == pytest.approx(0.75)
    # Footwear does not vary, so the interval is half of Apparel's [0, 1], shifted by 1/2.
    assert (found.low, found.high) == pytest.approx((0.5, 1.0))
    assert found.n == 5


def test_interval_agrees_with_scipy():
    # Skewed and small, so that BCa moves an end of the plain percentile interval by a tenth of its width.
    rng = np.random.default_rng(1)
    strata = [1 - 0.1 * rng.exponential(size=8), 1 - 0.3 * rng.exponential(size=40)]
    found = bootstrap_mean_of_means({"a": strata[0], "b": strata[1]}, resamples=40_000)

    def scipys(method):
        result = stats.bootstrap(
            strata,
            lambda a, b, axis: (a.mean(axis) + b.mean(axis)) / 2,
            n_resamples=40_000,
            method=method,
            batch=1000,
            random_state=0,
        )
        return np.array(result.confidence_interval)

    low, high = scipys("BCa")
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03 * (high - low))
    assert np.abs(scipys("percentile") - (low, high)).max() > 0.1 * (high - low)


DATASETS = 1000  # the standard error of a coverage of 95 % is then 0.7 points


def coverage(interval_of, truth):
    """Share of the datasets whose interval holds the true mean."""
    rng = np.random.default_rng(0)
    intervals = [interval_of(rng, at) for at in range(DATASETS)]
    return np.mean([found.low <= truth <= found.high for found in intervals])


@pytest.mark.parametrize(("level", "least", "most"), [(0.95, 0.925, 0.97), (0.8, 0.76, 0.84)])
def test_interval_covers_the_true_mean_at_its_level(level, least, most):
    def interval_of(rng, at):
        return bootstrap_mean(scores(rng, 100), level=level, resamples=1000, seed=at)

    assert least <= coverage(interval_of, 0.8) <= most


def test_interval_of_the_mean_of_means_covers_at_its_level():
    means = {"Apparel": (0.8, 100), "Footwear": (0.75, 30), "Accessories": (0.9, 60)}

    def interval_of(rng, at):
        groups = {name: scores(rng, n, mean) for name, (mean, n) in means.items()}
        return bootstrap_mean_of_means(groups, resamples=1000, seed=at)

    assert 0.92 <= coverage(interval_of, (0.8 + 0.75 + 0.9) / 3) <= 0.97


def test_interval_of_a_paired_difference_covers_like_the_exact_one():
    # On normal differences Student's interval covers exactly 95 %. Both are asked about the same datasets, so
    # that the luck of the draw cancels: with this seed Student's covers 92.4 %, 3.7 standard errors low, the
    # least of 300 seeds tried. Over 6,000 datasets the bootstrap's coverage is 94.2 %.
    exact = []

    def interval_of(rng, at):
        b = rng.normal(0.7, 0.2, 100)
        a = b + rng.normal(0.02, 0.1, 100)
        low, high = stats.ttest_rel(a, b).confidence_interval(0.95)
        exact.append(low <= 0.02 <= high)
        return paired_difference(a, b, resamples=1000, seed=at)

    assert coverage(interval_of, 0.02) == pytest.approx(np.mean(exact), abs=0.02)


def test_paired_difference_by_hand():
    # Differences 0.1, -0.1, 0.2 and one unscored; in categories (0.1 - 0.1) / 2 and 0.2: mean 0.1
    a, b = np.array([0.5, 0.5, 0.7, np.nan]), np.array([0.4, 0.6, 0.5, 0.5])
    assert paired_difference(a, b).value == pytest.approx(0.2 / 3)
    assert paired_difference(a, b).n == 3
    assert paired_difference(a, b, groups=np.array(["x", "x", "y", "y"])).value == pytest.approx(0.1)


def test_pairing_removes_the_spread_between_queries():
    rng = np.random.default_rng(0)
    b = scores(rng, 200)
    a = b - 0.01 + rng.normal(0, 0.005, 200)
    found = paired_difference(a, b)
    assert found.high < 0
    assert found.high - found.low < 0.1 * (bootstrap_mean(b).high - bootstrap_mean(b).low)


def test_exchanging_the_methods_mirrors_everything():
    rng = np.random.default_rng(0)
    a, b = scores(rng, 80), scores(rng, 80)
    there, back = paired_difference(a, b), paired_difference(b, a)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low), abs=2e-3)
    assert paired_randomization_test(a, b) == paired_randomization_test(b, a)


@pytest.mark.parametrize("groups", [None, np.array(["x"] * 3 + ["y"] * 8)])
def test_randomization_test_agrees_with_all_sign_patterns(groups):
    # The categories disagree: x speaks for a, y for b, so that their weights decide.
    a = np.array([9, 8, 7, 6, 5, 3, 2, 2, 6, 1, 4]) / 30
    b = np.array([3, 4, 5, 8, 8, 4, 5, 4, 7, 4, 5]) / 30
    weights = np.full(11, 1 / 11) if groups is None else np.array([1 / 6] * 3 + [1 / 16] * 8)
    shares = (a - b) * weights
    patterns = np.array(list(itertools.product((-1, 1), repeat=11)))
    exact = (np.abs(patterns @ shares) >= abs(shares.sum()) - 1e-12).mean()
    # 40,000 draws: the standard error is at most 0.0025.
    assert paired_randomization_test(a, b, groups=groups, resamples=40_000) == pytest.approx(exact, abs=0.01)


def test_randomization_test_by_hand():
    # Four equal differences: of 16 sign patterns two are as extreme, 2 / 16 = 0.125.
    p = paired_randomization_test(np.full(4, 0.4), np.full(4, 0.3), resamples=20_000)
    assert p == pytest.approx(0.125, abs=0.01)


def test_equal_scores_show_nothing():
    values = scores(np.random.default_rng(0), 30)
    assert paired_randomization_test(values, values.copy()) == 1
    assert paired_randomization_test(np.array([np.nan]), np.array([0.5])) == 1


def test_smallest_p_value_counts_the_observed_pattern():
    assert paired_randomization_test(np.ones(200), np.zeros(200), resamples=999) == 1 / 1000


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_false_positives_stay_at_the_level(level, stratified):
    rng = np.random.default_rng(0)
    groups = np.repeat(["Apparel", "Footwear", "Accessories"], [30, 20, 10]) if stratified else None
    trials = 500
    p_values = [
        paired_randomization_test(scores(rng, 60), scores(rng, 60), groups=groups, resamples=399, seed=at)
        for at in range(trials)
    ]
    rejected = int((np.array(p_values) <= level).sum())
    assert rejected <= stats.binom.ppf(0.999, trials, level)
    # A test that never rejects would pass the line above.
    assert rejected >= stats.binom.ppf(0.001, trials, level)


def test_real_difference_is_found():
    # 2 points with a paired deviation of 10 points at n = 300: z = 0.02 / (0.1 / sqrt(300)) = 3.5, power 0.93
    rng = np.random.default_rng(0)
    found = 0
    for at in range(100):
        b = scores(rng, 300)
        found += paired_randomization_test(b + rng.normal(0.02, 0.1, 300), b, resamples=999, seed=at) < 0.05
    assert found >= 85


@pytest.mark.parametrize("work", [paired_randomization_test, lambda a, b, resamples: bootstrap_mean(a - b)])
def test_memory_does_not_grow_with_queries_times_resamples(work):
    rng = np.random.default_rng(0)
    a, b = rng.random(20_000), rng.random(20_000)
    tracemalloc.start()
    work(a, b, resamples=2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All at once would be 20,000 x 2,000 x 8 bytes = 320 MB.
    assert peak < 48e6


def test_holm_on_a_worked_example():
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04; the last is raised to 0.06.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.6, 0.7]), [1, 1])
    assert holm([]).tolist() == []


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_never_lowers(p_values):
    p, adjusted = np.array(p_values), holm(p_values)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, p * len(p))).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("bad", [[0.5, 1.2], [-0.1], [np.nan]])
def test_holm_refuses_what_is_no_probability(bad):
    with pytest.raises(ParameterError, match="p-values lie in"):
        holm(bad)


@pytest.mark.parametrize(
    ("difference", "p", "words"),
    [
        (Interval(1.2, 0.4, 2.0, 300), 0.00312, "PCA is better than raw by 1.2 points (p = 0.00312)"),
        (Interval(-1.2, -2.0, -0.4, 300), 0.0002, "PCA is worse than raw by 1.2 points (p < 0.001)"),
        (Interval(0.02, 0.01, 0.03, 44000), 0.003, "PCA is better than raw by 0.02 points (p = 0.003)"),
        (
            Interval(-0.2, -0.9, 0.5, 300),
            0.4,
            "no difference detected at n = 300 (PCA minus raw -0.2, 95 % interval -0.9 to 0.5)",
        ),
        (
            Interval(0.0, 0.0, 0.0, 9, 0.9),
            1.0,
            "no difference detected at n = 9 (PCA minus raw 0.0, 90 % interval 0.0 to 0.0)",
        ),
        (Interval(np.nan, np.nan, np.nan, 0), 1.0, "PCA and raw cannot be compared: no query could be scored"),
    ],
)
def test_verdict_in_words(difference, p, words):
    assert verdict("PCA", "raw", difference, p) == words


def test_impossible_parameters_are_refused():
    values = np.ones(3)
    with pytest.raises(ParameterError, match="received 95"):
        bootstrap_mean(values, level=95)
    with pytest.raises(ParameterError, match="resamples >= 1"):
        bootstrap_mean(values, resamples=0)
    with pytest.raises(ParameterError, match="resamples >= 1"):
        paired_randomization_test(values, values, resamples=0)
    with pytest.raises(ParameterError, match=r"\(3,\) and \(2,\)"):
        paired_difference(values, values[:2])
    with pytest.raises(ParameterError, match=r"in groups \(2,\)"):
        paired_randomization_test(values, values, groups=np.array([0, 1]))
