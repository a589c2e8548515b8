"""From answers to the rows of the table: precision and recall, by category, k and attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.intervals import Interval, bootstrap_mean, bootstrap_mean_of_means
from likewise.evaluation.metrics import (
    attribute_matches,
    encode_attributes,
    precision_at_ks,
    recall_at_ks,
    relevant_counts,
)
from likewise.evaluation.protocol import MEAN, SCORED
from likewise.ingest.features.encode import Embedded

from .queries import Split
from .work import Outcome

KS = (1, 3, 6, 10, 20)
"""Cut-offs scored in one pass; the study's is 6."""

STUDY_K = 6

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
        found: dict[str, Any] = {key: np.nan if value is None else value for key, value in data.items()}
        return cls(**found)


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


def score(embedded: Embedded, split: Split, outcome: Outcome, twins: Sequence[Sequence[str]]) -> Scores:
    """Score a method's answers from the payloads that came back.

    Args:
        embedded: the whole catalog, for the queries' own attributes.
        split: the queries.
        outcome: the answers.
        twins: for each query the ids of its near-duplicates in the index.
    """
    asked = [embedded.products[at].attributes for at in split.queries]
    found = _hits(outcome, outcome.ids)
    original = [
        [name for name in hits if name not in set(known)] for hits, known in zip(outcome.ids, twins, strict=True)
    ]
    values: dict[tuple[str, int], Values] = {}
    codes, hits = _codes(asked, found, SCORED)
    _, distinct = _codes(asked, _hits(outcome, original), SCORED)
    for at, k in enumerate(KS):
        values["precision", k] = precision_at_ks(codes, hits, KS)[:, at]
        values["precision_without_near_duplicates", k] = precision_at_ks(codes, distinct, KS)[:, at]
    for name, column in zip(SCORED, attribute_matches(codes, hits[:, :STUDY_K]).T, strict=True):
        values[f"match_{name}", STUDY_K] = column
    values.update(_recall(embedded, split, asked, found))
    return Scores(values, np.array(split.categories))


def rows(method: str, protocol: str, scores: Scores, *, seed: int = 0) -> Iterator[Row]:
    """All figures of a method: each category, then the mean of the categories."""
    for metric, k in scores.values:
        groups = scores.groups(metric, k)
        intervals = {name: bootstrap_mean(values, seed=seed) for name, values in groups.items()}
        intervals[MEAN] = bootstrap_mean_of_means(groups, seed=seed)
        for category, interval in intervals.items():
            yield _row(protocol, method, category, metric, k, interval)


def _row(protocol: str, method: str, category: str, metric: str, k: int, found: Interval) -> Row:
    return Row(protocol, method, category, metric, k, found.value, found.low, found.high, found.n)


def _hits(outcome: Outcome, ids: Sequence[Sequence[str]]) -> list[list[dict[str, Any]]]:
    """Payloads of the first hits, empty where fewer came back."""
    depth = max(KS)
    return [[outcome.payloads[name] for name in hits[:depth]] + [{}] * (depth - len(hits)) for hits in ids]


def _codes(
    asked: Sequence[Any], found: Sequence[Sequence[Any]], names: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    flat = [*asked, *(payload for hits in found for payload in hits)]
    codes = encode_attributes(flat, names)
    return codes[: len(asked)], codes[len(asked) :].reshape(len(asked), -1, len(names))


def _recall(
    embedded: Embedded, split: Split, asked: Sequence[Any], found: Sequence[Sequence[Any]]
) -> dict[tuple[str, int], Values]:
    """Recall@k by article type: every other product of the query's type is relevant."""
    indexed = [embedded.products[at].attributes for at in split.indexed]
    flat = [*asked, *(payload for hits in found for payload in hits), *indexed]
    codes = encode_attributes(flat, ["articleType"])[:, 0]
    n, depth = len(asked), len(found[0])
    query, hits, catalog = codes[:n], codes[n : n + n * depth].reshape(n, depth), codes[n + n * depth :]
    relevant = relevant_counts(query, catalog, in_catalog=split.protocol == "in-catalog")
    recalls = recall_at_ks(query, hits, relevant, KS)
    return {("recall", k): recalls[:, at] for at, k in enumerate(KS)}
