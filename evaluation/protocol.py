"""The study's protocol over a store: which products are the queries, and how the hits are scored.

Bhuptani and Patil draw 100 products of each master category, ask for six recommendations each (the query itself
left out), and give a recommendation one fifth for each of five attributes that equals the query's. Other catalogs have
other columns, see `scoring.py`. The attributes of both sides come from the payloads that the index returns, so the
whole system is tested.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.errors import ParameterError
from likewise.search import Hit, SearchClient, SearchOptions

from .by_picture import HeldBack, ask
from .intervals import Interval, bootstrap_mean, bootstrap_mean_of_means
from .metrics import encode_attributes, precision_at_k
from .scoring import MEAN, Scoring, draw


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Precision@k in per cent, by category and as the mean of the category means (key `mean`).

    Attributes:
        k: recommendations a query.
        precision: category to interval.
        query_ms: `p50` and `p99` of one search by id, in milliseconds, inside this process.
        asked: `id`, or `picture` where the queries are told nothing but what their pictures show.
        unseen: whether the index learned nothing from the labels of the queries.
        scoring: what was compared, and what the categories are.
    """

    k: int
    precision: dict[str, Interval]
    query_ms: dict[str, float]
    asked: Literal["id", "picture"] = "id"
    unseen: bool = True
    scoring: Scoring | None = None

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {
            "k": self.k,
            "precision": {name: _rounded(each.value) for name, each in self.precision.items()},
            "low": {name: _rounded(each.low) for name, each in self.precision.items()},
            "high": {name: _rounded(each.high) for name, each in self.precision.items()},
            "n": {name: each.n for name, each in self.precision.items()},
            "query_ms": {name: round(value, 4) for name, value in self.query_ms.items()},
            "asked": self.asked,
            "unseen": self.unseen,
            **({} if self.scoring is None else {"scored": self.scoring.attributes, "by": self.scoring.category}),
        }


def _rounded(value: float) -> float | None:
    """JSON has no NaN: a category of whose queries none could be scored has no figure."""
    return None if math.isnan(value) else round(value, 3)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Query products.

    Attributes:
        ids: group to the ids of its queries.
        remark: which groups have none, and why; empty where all have.
    """

    ids: dict[str, list[str]]
    remark: str = ""


def draw_queries(
    client: SearchClient,
    scoring: Scoring,
    *,
    per_category: int,
    seed: int,
    among: Collection[str] | None = None,
) -> Drawn:
    """Draw query products from each group, a seeded sample without replacement.

    The sample depends on the ids alone, not on how the index is laid out.

    Args:
        client: of the index.
        scoring: says which groups there are.
        per_category: queries of each.
        seed: of the sample.
        among: the only ids that are drawn.

    Raises:
        ParameterError: no group.
    """
    if client.manifest.products == 1:
        raise ParameterError("The index holds one product, so that nothing can be recommended and scored.")
    key = client.payloads.id
    members: dict[str, list[str]] = {}
    sizes: Counter[str] = Counter()
    for payload in client.products():
        group = scoring.group(payload)
        if group is None:
            continue
        sizes[group] += 1
        if among is None or payload[key] in among:
            members.setdefault(group, []).append(payload[key])
    names, remark = scoring.chosen(sizes)
    ids = draw(members, [name for name in names if name in members], per_category, seed)
    if not ids:
        raise ParameterError(f"None of the {len(among or ())} products that can be asked is of {', '.join(names)}.")
    return Drawn(ids, remark)


def sample_queries(
    client: SearchClient,
    *,
    per_category: int,
    seed: int,
    by: str | None = None,
    among: Collection[str] | None = None,
) -> dict[str, list[str]]:
    """Category to the ids of its query products: `draw_queries` by the column `by`, or the schema's category.

    Raises:
        ParameterError: as `draw_queries`, or an index without anything to score.
    """
    scoring = Scoring.of(client.manifest.schema, by=by)
    return draw_queries(client, scoring, per_category=per_category, seed=seed, among=among).ids


def evaluate(
    client: SearchClient,
    queries: Mapping[str, Sequence[str]],
    options: SearchOptions | None = None,
    *,
    seed: int = 0,
    held_back: HeldBack | None = None,
    scoring: Scoring | None = None,
) -> Evaluation:
    """Search by every query, and score the payloads that come back.

    Args:
        client: searches the index.
        queries: category to the ids of its query products.
        options: how to search.
        seed: of the intervals.
        held_back: the queries are among these products and asked by picture; by default by id.
        scoring: what is compared; by default what the schema says.

    Raises:
        ParameterError: nothing to score, or no query has a value of what is scored.
    """
    options = options or SearchOptions()
    scoring = scoring or Scoring.of(client.manifest.schema)
    _warm_up(client, queries, options)
    scores: dict[str, NDArray[np.float64]] = {}
    seconds: list[float] = []
    for category, ids in queries.items():
        answers: list[Sequence[Hit]] = []
        for product_id in ids:
            start = time.perf_counter()
            answers.append(client.similar(product_id, options=options))
            seconds.append(time.perf_counter() - start)
        if held_back is not None:
            contents = {name: held_back.contents[name] for name in ids}
            answers = [*ask(client, contents, held_back.features, options)]
        scores[category] = 100 * score(client.get_batch(ids), answers, k=options.k, attributes=scoring.attributes)
    precision = {name: bootstrap_mean(values, seed=seed) for name, values in scores.items()}
    precision[MEAN] = bootstrap_mean_of_means(scores, seed=seed)
    if not precision[MEAN].n:
        raise ParameterError(
            f"No query has a value of {', '.join(scoring.attributes)}; name other columns with --attributes."
        )
    p50, p99 = np.percentile(1000 * np.array(seconds), [50, 99])
    learned = bool(client.manifest.capabilities.predicts)
    return Evaluation(
        options.k,
        precision,
        {"p50": float(p50), "p99": float(p99)},
        "id" if held_back is None else "picture",
        held_back is not None or not learned,
        scoring,
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


def _warm_up(client: SearchClient, queries: Mapping[str, Sequence[str]], options: SearchOptions) -> None:
    """Touch what the first search would load, so that it does not count as a search's time."""
    for ids in queries.values():
        for product_id in ids[:5]:
            client.similar(product_id, options=options)
