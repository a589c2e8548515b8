"""The study's protocol over a store: which products are the queries, and how the hits are scored.

Bhuptani and Patil draw 100 products of each master category, ask for six recommendations each (the query itself
left out), and give a recommendation one fifth for each of five attributes that equals the query's. The
attributes of both sides come from the payloads that the index returns, so the whole system is tested.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.catalog import Schema
from likewise.ingest.errors import ParameterError
from likewise.search import Hit, SearchClient, SearchOptions

from .by_picture import HeldBack, ask
from .intervals import Interval, bootstrap_mean, bootstrap_mean_of_means
from .metrics import encode_attributes, precision_at_k

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
        asked: `id`, or `picture` where the queries are told nothing but what their pictures show.
        unseen: whether the index learned nothing from the labels of the queries.
    """

    k: int
    precision: dict[str, Interval]
    query_ms: dict[str, float]
    asked: Literal["id", "picture"] = "id"
    unseen: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "k": self.k,
            "precision": {name: round(each.value, 3) for name, each in self.precision.items()},
            "low": {name: round(each.low, 3) for name, each in self.precision.items()},
            "high": {name: round(each.high, 3) for name, each in self.precision.items()},
            "n": {name: each.n for name, each in self.precision.items()},
            "query_ms": {name: round(value, 4) for name, value in self.query_ms.items()},
            "asked": self.asked,
            "unseen": self.unseen,
        }


def sample_queries(
    client: SearchClient,
    *,
    per_category: int,
    seed: int,
    by: str | None = None,
    among: Collection[str] | None = None,
) -> dict[str, list[str]]:
    """Category to the ids of its query products, a seeded sample without replacement.

    The study's three categories where the index has any of them, else every value of the column `by` (default: the
    schema's category); with `among`, of the products with these ids alone. The sample depends on the ids alone, not on
    how the index is laid out.

    Raises:
        ParameterError: no product has a value in that column, or there is nothing to score.
    """
    schema = client.manifest.schema
    _check_scored(schema)
    if client.manifest.products == 1:
        raise ParameterError("The index holds one product, so that nothing can be recommended and scored.")
    column = by or next(iter(schema.role("category")), "")
    if not column:
        raise ParameterError("The index has no column from whose products queries are drawn; choose one with --by.")
    key = client.payloads.id
    members: dict[str, list[str]] = {}
    for payload in client.products():
        if payload.get(column) and (among is None or payload[key] in among):
            members.setdefault(str(payload[column]), []).append(payload[key])
    if not members:
        known = ", ".join(schema.names)
        raise ParameterError(
            f"No product of this index has a value of {column!r}; choose another column with --by. It has {known}."
        )
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
    options: SearchOptions | None = None,
    *,
    seed: int = 0,
    held_back: HeldBack | None = None,
) -> Evaluation:
    """Search by every query, and score the payloads that come back by the schema's scored columns.

    Args:
        client: searches the index.
        queries: category to the ids of its query products.
        options: how to search.
        seed: of the intervals.
        held_back: the queries are among these products and asked by picture; by default by id.

    Raises:
        ParameterError: there is nothing to score.
    """
    options = options or SearchOptions()
    scored = _check_scored(client.manifest.schema)
    _warm_up(client, queries, options)
    scores: dict[str, NDArray[np.float64]] = {}
    seconds: list[float] = []
    for category, ids in queries.items():
        answers = []
        for product_id in ids:
            start = time.perf_counter()
            answers.append(client.similar(product_id, options=options))
            seconds.append(time.perf_counter() - start)
        if held_back is not None:
            contents = {name: held_back.contents[name] for name in ids}
            answers = ask(client, contents, held_back.features, options)
        scores[category] = 100 * score(client.get_batch(ids), answers, k=options.k, attributes=scored)
    precision = {name: bootstrap_mean(values, seed=seed) for name, values in scores.items()}
    precision[MEAN] = bootstrap_mean_of_means(scores, seed=seed)
    p50, p99 = np.percentile(1000 * np.array(seconds), [50, 99])
    learned = bool(client.manifest.capabilities.predicts)
    return Evaluation(
        options.k,
        precision,
        {"p50": float(p50), "p99": float(p99)},
        "id" if held_back is None else "picture",
        held_back is not None or not learned,
    )


def score(
    queries: Sequence[Mapping[str, Any]],
    answers: Sequence[Sequence[Hit]],
    *,
    k: int,
    attributes: Sequence[str],
) -> NDArray[np.float64]:
    """Precision@k of each query, float64[n] in [0, 1].

    Args:
        queries: payload of each query product.
        answers: the hits of each, best first; a hit that did not come back counts as a miss.
        k: recommendations a query.
        attributes: payload keys that are compared.
    """
    rows: list[Mapping[str, Any]] = list(queries)
    for hits in answers:
        rows.extend(hit.payload for hit in hits[:k])
        rows.extend({} for _ in range(k - len(hits)))
    codes = encode_attributes(rows, attributes)
    n = len(queries)
    return precision_at_k(codes[:n], codes[n:].reshape(n, k, len(attributes)))


def _check_scored(schema: Schema) -> tuple[str, ...]:
    """The scored columns.

    Raises:
        ParameterError: there is none.
    """
    scored = schema.role("scored")
    if not scored:
        raise ParameterError(
            "No column of this index is scored: in none of its texts do products share values. Name columns with "
            f"`likewise ingest … --attributes COLUMN,…`; it has {', '.join(schema.names) or 'none'}."
        )
    return scored


def _warm_up(client: SearchClient, queries: Mapping[str, Sequence[str]], options: SearchOptions) -> None:
    """Touch what the first search would load, so that it does not count as a search's time."""
    for ids in queries.values():
        for product_id in ids[:5]:
            client.similar(product_id, options=options)
