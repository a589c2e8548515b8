"""From answers to the rows of the table: precision and recall, by category, k and attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.intervals import bootstrap_mean, bootstrap_mean_of_means
from likewise.evaluation.metrics import (
    attribute_matches,
    encode_attributes,
    precision_at_ks,
    recall_at_ks,
    relevant_counts,
)
from likewise.evaluation.scoring import MEAN

from .columns import recalled
from .queries import KS, STUDY_K, QuerySplit
from .work import Answers

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of `table.json`, in per cent with its 95 % interval, over n queries."""

    protocol: str
    method: str
    category: str
    metric: str
    k: int
    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form; a figure that no query could be scored for is null."""
        return {
            key: (None if value != value else round(value, 4)) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Take `to_dict()` back."""
        facts: dict[str, Any] = {key: np.nan if value is None else value for key, value in data.items()}
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one method, query by query, in [0, 1].

    Attributes:
        values: (metric, k) to float64[q]; NaN where a query cannot be scored.
        categories: the category of each query.
    """

    values: dict[tuple[str, int], Values]
    categories: NDArray[np.str_]

    def groups(self, metric: str, k: int) -> dict[str, Values]:
        """Category to the scores of its queries, in per cent."""
        values = 100 * self.values[metric, k]
        return {str(name): values[self.categories == name] for name in dict.fromkeys(self.categories)}


def score(split: QuerySplit, answers: Answers, twins: Sequence[Sequence[str]], attributes: Sequence[str]) -> Scores:
    """Score a method's answers from the payloads that came back.

    Args:
        split: the queries, whose own values the hits are compared with.
        answers: of the method.
        twins: for each query the ids of its near-duplicates in the index.
        attributes: payload keys that Precision@k compares.
    """
    queries = [item.product.values for item in split.queries]
    distinct = [[name for name in hits if name not in set(near)] for hits, near in zip(answers.ids, twins, strict=True)]
    payloads, others = _payloads(answers, answers.ids), _payloads(answers, distinct)
    values: dict[tuple[str, int], Values] = {}
    codes, hits = _codes(queries, payloads, attributes)
    codes_too, distinct_hits = _codes(queries, others, attributes)
    for at, k in enumerate(KS):
        values["precision", k] = precision_at_ks(codes, hits, KS)[:, at]
        values["precision_without_near_duplicates", k] = precision_at_ks(codes_too, distinct_hits, KS)[:, at]
    for name, column in zip(attributes, attribute_matches(codes, hits[:, :STUDY_K]).T, strict=True):
        values[f"match_{name}", STUDY_K] = column
    values.update(_recall(split, queries, payloads, attributes))
    return Scores(values, np.array(split.categories))


def rows(method: str, protocol: str, scores: Scores, *, seed: int = 0) -> Iterator[Row]:
    """All figures of a method: each category, then the mean of the categories."""
    for metric, k in scores.values:
        groups = scores.groups(metric, k)
        intervals = {name: bootstrap_mean(values, seed=seed) for name, values in groups.items()}
        intervals[MEAN] = bootstrap_mean_of_means(groups, seed=seed)
        for category, interval in intervals.items():
            figures = interval.value, interval.low, interval.high, interval.n
            yield Row(protocol, method, category, metric, k, *figures)


def _payloads(answers: Answers, ids: Sequence[Sequence[str]]) -> list[list[dict[str, Any]]]:
    """Payloads of the first hits of each query, empty where fewer came back."""
    depth = max(KS)
    return [[answers.payloads[name] for name in hits[:depth]] + [{}] * (depth - len(hits)) for hits in ids]


def _codes(
    queries: Sequence[Any], payloads: Sequence[Sequence[Any]], names: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    codes = encode_attributes([*queries, *chain.from_iterable(payloads)], names)
    return codes[: len(queries)], codes[len(queries) :].reshape(len(queries), -1, len(names))


def _recall(
    split: QuerySplit, queries: Sequence[Any], payloads: Sequence[Sequence[Any]], attributes: Sequence[str]
) -> dict[tuple[str, int], Values]:
    """Recall@k by the finest of the attributes: every other product with the query's value is relevant."""
    indexed = [item.product.values for item in split.indexed]
    column = recalled(attributes, indexed)
    codes = encode_attributes([*queries, *chain.from_iterable(payloads), *indexed], [column])[:, 0]
    n, depth = len(queries), len(payloads[0])
    query, hits, catalog = codes[:n], codes[n : n + n * depth].reshape(n, depth), codes[n + n * depth :]
    relevant = relevant_counts(query, catalog, in_catalog=not split.held_out)
    recalls = recall_at_ks(query, hits, relevant, KS)
    return {("recall", k): recalls[:, at] for at, k in enumerate(KS)}
