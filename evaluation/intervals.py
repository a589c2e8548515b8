"""How far a mean over queries can be trusted, and whether two methods differ on the same queries.

Queries are the units: they are drawn at random, so intervals come from a bootstrap over them (Efron's BCa)
and tests from flipping the signs of the paired differences. A mean over categories gives each category the
same weight and resamples, or flips, within each. NaN (a query that cannot be scored) is left out.

`scipy.stats.bootstrap` agrees to within simulation error, but returns NaN for constant scores and refuses a
category with one query; both happen on small catalogs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.errors import ParameterError

Values = NDArray[np.float64]
Groups = NDArray[np.str_] | NDArray[np.integer]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval.

    Attributes:
        value: the mean; NaN when no query could be scored.
        low: lower end.
        high: upper end; equal to `low` and `value` when all scores are the same.
        n: number of queries behind it, over all categories.
        level: nominal coverage.
    """

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95


def bootstrap_mean(values: Values, *, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> Interval:
    """Mean of float64[n] with its BCa bootstrap interval.

    A single query gives an interval of width zero: nothing is known about its spread, as `n` = 1 says.

    Raises:
        ParameterError: `level` is not between 0 and 1, or `resamples` is below 1.
    """
    return bootstrap_mean_of_means({"": values}, level=level, resamples=resamples, seed=seed)


def bootstrap_mean_of_means(
    groups: Mapping[str, Values], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Mean of the categories' means, each category resampled on its own.

    Args:
        groups: category to float64[n_c]; a category without a scored query is left out.
        level: nominal coverage.
        resamples: bootstrap samples.
        seed: of the resampling.

    Raises:
        ParameterError: as `bootstrap_mean`.
    """
    if not 0 < level < 1 or resamples < 1:
        raise ParameterError(f"An interval needs 0 < level < 1 and resamples >= 1; received {level} and {resamples}.")
    strata = [stratum for stratum in (_scored(values) for values in groups.values()) if len(stratum)]
    n = sum(map(len, strata))
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0, level)
    if all(np.ptp(stratum) == 0 for stratum in strata):
        # Not the mean: 100 times 0.1 does not sum to 10.
        value = float(np.mean([stratum[0] for stratum in strata]))
        return Interval(value, value, value, n, level)
    value = float(np.mean([stratum.mean() for stratum in strata]))
    means = _resampled_means(strata, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, _bca_levels(strata, means, value, level))
    return Interval(value, float(low), float(high), n, level)


def paired_difference(
    a: Values,
    b: Values,
    *,
    groups: Groups | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Mean of a - b over the same queries, with its BCa interval.

    Args:
        a: float64[n], scores of one method.
        b: float64[n], scores of the other, in the same order of queries.
        groups: [n], each query's category, for the mean of the categories' means; default: the plain mean.
        level: nominal coverage.
        resamples: bootstrap samples.
        seed: of the resampling.

    Raises:
        ParameterError: different numbers of queries, or as `bootstrap_mean`.
    """
    named = {str(at): stratum for at, stratum in enumerate(_paired(a, b, groups))}
    return bootstrap_mean_of_means(named, level=level, resamples=resamples, seed=seed)


def paired_randomization_test(
    a: Values, b: Values, *, groups: Groups | None = None, resamples: int = 10_000, seed: int = 0
) -> float:
    """Two-sided p-value that a and b differ by chance alone: (1 + count) / (1 + resamples).

    Under the null hypothesis a query's two scores could be swapped, so the sign of each difference is random
    (Fisher's randomization test; Smucker, Allan and Carterette 2007 recommend it for retrieval). Memory
    stays bounded by doing the resamples in blocks.

    Args:
        a: float64[n], scores of one method.
        b: float64[n], scores of the other, in the same order of queries.
        groups: [n], each query's category, to test the mean of the categories' means; default: the plain mean.
        resamples: random sign patterns; the smallest p-value is 1 / (1 + resamples).
        seed: of the signs.

    Raises:
        ParameterError: different numbers of queries, or `resamples` is below 1.
    """
    if resamples < 1:
        raise ParameterError(f"A randomization test needs resamples >= 1; received {resamples}.")
    # Each query's share in the mean of means, up to the number of categories, which cancels.
    shares = [stratum / len(stratum) for stratum in _paired(a, b, groups) if len(stratum)]
    share = np.concatenate([np.empty(0), *shares])
    share = share[share != 0]
    if not len(share):
        return 1.0
    # Scores are multiples of 1/30: equal statistics must count as equal in spite of rounding.
    least = abs(share.sum()) - 1e-9 * np.abs(share).sum()
    rng = np.random.default_rng(seed)
    count = 0
    for size in _blocks(resamples, len(share)):
        signs = 2.0 * rng.integers(0, 2, (size, len(share)), dtype=np.int8) - 1
        count += int((np.abs(signs @ share) >= least).sum())
    return (1 + count) / (1 + resamples)


def holm(p_values: Sequence[float] | Values) -> Values:
    """Holm's step-down adjusted p-values (Holm 1979), float64[m] in the order given.

    Raises:
        ParameterError: a value outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ParameterError(f"p-values lie in [0, 1]; received {list(p_values)}.")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def verdict(a: str, b: str, difference: Interval, p: float, *, level: float = 0.05) -> str:
    """The comparison in words.

    Args:
        a: name of the first method.
        b: name of the method it is compared with.
        difference: of a - b, in percentage points.
        p: the p-value, corrected for the number of comparisons.
        level: significance level.
    """
    if not difference.n:
        return f"{a} and {b} cannot be compared: no query could be scored"
    if p < level and difference.value:
        how = "better" if difference.value > 0 else "worse"
        chance = "p < 0.001" if p < 0.001 else f"p = {p:.3g}"
        return f"{a} is {how} than {b} by {_points(abs(difference.value))} points ({chance})"
    return (
        f"no difference detected at n = {difference.n} ({a} minus {b} {_points(difference.value)}, "
        f"{100 * difference.level:g} % interval {_points(difference.low)} to {_points(difference.high)})"
    )


def _points(value: float) -> str:
    """One decimal, more where that would print a difference as zero."""
    if abs(value) < 1e-9:
        # What rounding leaves of a difference of nothing.
        return "0.0"
    return f"{value:.1f}" if abs(value) >= 0.05 else f"{value:.1g}"


def _scored(values: Values) -> Values:
    values = np.asarray(values, dtype=np.float64)
    return values[~np.isnan(values)]


def _paired(a: Values, b: Values, groups: Groups | None) -> list[Values]:
    """Differences a - b without NaN, one array a category."""
    if a.ndim != 1 or a.shape != b.shape or (groups is not None and len(groups) != len(a)):
        sizes = f"{a.shape} and {b.shape}" + ("" if groups is None else f" in groups {np.shape(groups)}")
        raise ParameterError(f"A paired comparison needs one score a query from both methods; received {sizes}.")
    difference = a - b
    if groups is None:
        return [_scored(difference)]
    return [_scored(difference[groups == group]) for group in np.unique(groups)]


def _blocks(resamples: int, n: int) -> Iterator[int]:
    """Sizes of the blocks in which `resamples` rows of n numbers are drawn."""
    size = max(1, _BLOCK // n)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _resampled_means(strata: Sequence[Values], resamples: int, rng: np.random.Generator) -> Values:
    total = np.zeros(resamples)
    for stratum in strata:
        n = len(stratum)
        blocks = [stratum[rng.integers(0, n, (size, n))].mean(axis=1) for size in _blocks(resamples, n)]
        total += np.concatenate(blocks)
    return total / len(strata)


def _bca_levels(strata: Sequence[Values], means: Values, value: float, level: float) -> Values:
    """The two quantiles that replace (1 ± level) / 2: corrected for bias and for skewness (Efron 1987)."""
    from scipy.special import ndtr, ndtri

    z = ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    # Half of the ties, and never quite 0 or 1, so that the correction stays finite.
    below = (means < value).mean() / 2 + (means <= value).mean() / 2
    bias = ndtri(np.clip(below, 0.5 / len(means), 1 - 0.5 / len(means)))
    # Influence of each query on the mean of means; for a mean this equals the jackknife.
    influence = np.concatenate([(stratum - stratum.mean()) / len(stratum) for stratum in strata])
    skew = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    levels: Values = ndtr(bias + (bias + z) / (1 - skew * (bias + z)))
    return levels
