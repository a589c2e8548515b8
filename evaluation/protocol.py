"""The study's protocol over a store: which queries, what is asked, and how the answers are scored.

Amin et al. draw 100 products of each master category, ask for six recommendations each (the query itself
left out), and give a recommendation one fifth for each of five attributes that equals the query's. The
attributes of both sides come from the payloads that the index returns, so the whole system is tested.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.errors import ParameterError
from likewise.search import Hit, SearchClient
from likewise.search.filters import Where
from likewise.search.search_plan import Probe

from .intervals import Interval, bootstrap_mean, bootstrap_mean_of_means
from .metrics import encode_attributes, precision_at_k

SCORED = ("gender", "masterCategory", "subCategory", "articleType", "baseColour")
"""The five attributes of the study."""

CATEGORIES = ("Apparel", "Footwear", "Accessories")
"""The three master categories of the study."""

MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Precision@k in per cent, by category and as the mean of the category means (key `mean`).

    Attributes:
        k: recommendations a query.
        precision: category to interval.
        query_ms: `p50` and `p99` of one search by id, in milliseconds, inside this process.
    """

    k: int
    precision: dict[str, Interval]
    query_ms: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "k": self.k,
            "precision": {name: round(found.value, 3) for name, found in self.precision.items()},
            "low": {name: round(found.low, 3) for name, found in self.precision.items()},
            "high": {name: round(found.high, 3) for name, found in self.precision.items()},
            "n": {name: found.n for name, found in self.precision.items()},
            "query_ms": {name: round(value, 4) for name, value in self.query_ms.items()},
        }


def sample_queries(
    client: SearchClient, *, per_category: int, seed: int, by: str = "masterCategory"
) -> dict[str, list[str]]:
    """Category to the ids of its query products, a seeded sample without replacement.

    The study's three categories where the index has any of them, else every value of `by`. The sample
    depends on the ids alone, not on how the index is laid out.

    Raises:
        ParameterError: no product has the attribute `by`.
    """
    members: dict[str, list[str]] = {}
    for payload in client.products():
        if payload.get(by):
            members.setdefault(payload[by], []).append(payload["id"])
    if not members:
        raise ParameterError(f"No product of this index has the attribute {by!r}; choose another with --by.")
    names = [name for name in CATEGORIES if name in members] or sorted(members)
    rng = np.random.default_rng(seed)
    chosen = {}
    for name in names:
        ids = sorted(members[name])
        chosen[name] = [ids[at] for at in rng.permutation(len(ids))[:per_category]]
    return chosen


def evaluate(
    client: SearchClient,
    queries: Mapping[str, Sequence[str]],
    *,
    k: int = 6,
    probe: Probe = 1,
    where: Where | None = None,
    attributes: Sequence[str] = SCORED,
    seed: int = 0,
) -> Evaluation:
    """Ask every query by id and score the payloads that come back."""
    warm_up(client, queries, k=k, probe=probe)
    scores: dict[str, NDArray[np.float64]] = {}
    seconds: list[float] = []
    for category, ids in queries.items():
        asked = client.get_batch(ids)
        found = []
        for product_id in ids:
            start = time.perf_counter()
            found.append(client.similar(product_id, k, where=where, probe=probe))
            seconds.append(time.perf_counter() - start)
        scores[category] = 100 * score(asked, found, k=k, attributes=attributes)
    precision = {name: bootstrap_mean(values, seed=seed) for name, values in scores.items()}
    precision[MEAN] = bootstrap_mean_of_means(scores, seed=seed)
    p50, p99 = np.percentile(1000 * np.array(seconds), [50, 99])
    return Evaluation(k, precision, {"p50": float(p50), "p99": float(p99)})


def score(
    asked: Sequence[Mapping[str, Any]],
    found: Sequence[Sequence[Hit]],
    *,
    k: int,
    attributes: Sequence[str] = SCORED,
) -> NDArray[np.float64]:
    """Precision@k of each query, float64[n] in [0, 1]; a hit that did not come back counts as a miss."""
    rows: list[Mapping[str, Any]] = list(asked)
    for hits in found:
        rows.extend(hit.payload for hit in hits[:k])
        rows.extend({} for _ in range(k - len(hits)))
    codes = encode_attributes(rows, attributes)
    n = len(asked)
    return precision_at_k(codes[:n], codes[n:].reshape(n, k, len(attributes)))


def warm_up(client: SearchClient, queries: Mapping[str, Sequence[str]], *, k: int, probe: Probe) -> None:
    """Touch what the first search would load, so that it does not count as a search's time."""
    for ids in queries.values():
        for product_id in ids[:5]:
            client.similar(product_id, k, probe=probe)
