"""What each part of the learned reducer adds, and what missing or wrong attributes cost it, on validation queries.

Queries are drawn by a seed and removed before anything is fitted; a figure is the mean over several seeds. The search
is exact and in memory, which gives what the store gives.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.encoders.resnet50_rich import STAGES
from likewise.ingest.model import unit_rows, weighed
from likewise.ingest.model.reducers.supervised.reducer import PRIOR, Attributes

from .labels_products import Columns, Products

PARAMS: dict[str, Any] = {"n_components": 100}
TRAINED = (0.25, 0.5)
"""Shares of the products, while all are searched: what a larger catalog may bring."""

SHARES = {"missing": (0.3, 0.6), "wrong": (0.1, 0.2, 0.4)}
"""Of the products whose values are spoilt."""

UNSEEN_TYPES = 10
"""Article types that are left out of the training altogether."""


Spoil = Callable[[Columns, int], Columns]
"""Changes the attributes that are learned from, by a seed."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: mean Precision@6 of the categories in per cent, over the seeds, and its values by seed."""

    case: str
    precision: float
    by_seed: list[float]


def measure(
    products: Products, out: Path, *, seeds: int, per_category: int, say: Callable[[str], object]
) -> list[CaseResult]:
    """Run all cases; what `out/labels.json` already holds is not repeated."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "labels.json"
    done: dict[str, list[float]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for case, run in cases(products):
        for seed in range(len(done.get(case, [])), seeds):
            fitted, queries = products.split(seed, per_category)
            done.setdefault(case, []).append(round(run(fitted, queries, seed), 3))
            path.write_text(json.dumps(done, indent=1) + "\n", "utf-8")
            say(f"{case}: {done[case][-1]:.2f}")
    return [CaseResult(case, float(np.mean(values[:seeds])), values[:seeds]) for case, values in done.items()]


Run = Callable[[NDArray[np.intp], NDArray[np.intp], int], float]


def cases(products: Products) -> Iterator[tuple[str, Run]]:
    """Name and run of each case."""
    yield "raw features, cosine", lambda fitted, queries, _: _raw(products, fitted, queries)
    everything = range(len(products.edges))
    stages, colours = list(range(len(STAGES))), len(products.edges) - 1
    grown = {
        "last stage": [0],
        "+ two earlier stages": stages,
        "+ colour signature": [*stages, colours],
        "+ second network": list(everything),
    }
    for name, parts in grown.items():
        yield name, Learned(products, parts)
    whole = Learned(products, everything)
    yield "kernel regression alone", replace(whole, share=1.0)
    yield "networks alone", replace(whole, share=0.0)
    yield "plain cosine", replace(whole, prior=0.0)
    for trained in TRAINED:
        yield f"trained on {trained:.0%} of the products", replace(whole, trained=trained)
    for share in SHARES["missing"]:
        yield f"{share:.0%} of labels missing", replace(whole, spoil=_holes(share))
    for share in SHARES["wrong"]:
        yield f"{share:.0%} of labels wrong", replace(whole, spoil=_wrong(share))
    yield "articleType alone", replace(whole, names=("articleType",))
    yield "unseen types: raw features", lambda fitted, queries, _: _raw(products, fitted, _unseen(products, queries))
    yield "unseen types: learned without them, prior 0.5", _unseen_types(products, 0.5)
    yield "unseen types: learned without them, plain cosine", _unseen_types(products, 0.0)


@dataclass(frozen=True)
class Learned:
    """A case of the learned reducer; called with the rows that are fitted on, those of the queries, and a seed.

    Attributes:
        products: all.
        parts: of the features, by number.
        prior: weight of the attributes in a search.
        share: of the kernel regression in the predictions, the rest being the networks'; None for the calibrated one.
        trained: share of the products that are learned from, while all are searched.
        names: attributes that are learned; None for all that are scored.
        spoil: what happens to the attributes before.
    """

    products: Products
    parts: Sequence[int]
    prior: float = PRIOR
    share: float | None = None
    trained: float = 1.0
    names: Sequence[str] | None = None
    spoil: Spoil | None = None

    def __call__(self, fitted: NDArray[np.intp], queries: NDArray[np.intp], seed: int) -> float:
        """Mean Precision@6 of the queries among the fitted products."""
        features, widths = self.products.parts(self.parts)
        known = self.products.columns(fitted)
        known = self.spoil(known, seed) if self.spoil else known
        taught = np.sort(np.random.default_rng(seed).permutation(len(fitted))[: round(self.trained * len(fitted))])
        learned = {name: column[taught] for name, column in known.items()}
        names = self.names or self.products.scored
        reducer = _fit(features[fitted[taught]], learned, widths, names, seed)
        if self.share is not None:
            reducer = copy.copy(reducer)
            fixed = np.full_like(reducer.posterior_.share, self.share)
            reducer.posterior_ = replace(reducer.posterior_, share=fixed)
        query_vectors = weighed(reducer.point_vectors(features[queries]), reducer.index_dim, self.prior)
        return self.products.score(reducer.point_vectors(features[fitted], known), query_vectors, fitted, queries)


def _raw(products: Products, fitted: NDArray[np.intp], queries: NDArray[np.intp]) -> float:
    start, end = products.edges[0]
    vectors = unit_rows(np.ascontiguousarray(products.features[:, start:end]))
    return products.score(vectors[fitted], vectors[queries], fitted, queries)


_FITTED: dict[Any, Attributes] = {}


def _fit(features: Float, known: Columns, widths: list[int], names: Sequence[str], seed: int) -> Attributes:
    """The last reducer is kept: cases with and without a prior ask the same one."""
    key = (tuple(widths), tuple(names), seed, len(features), *(hash(column.tobytes()) for column in known.values()))
    if key not in _FITTED:
        _FITTED.clear()
        _FITTED[key] = Attributes(attributes=names, blocks=widths, random_state=seed, **PARAMS).fit(features, known)
    return _FITTED[key]


def _holes(share: float) -> Spoil:
    def spoil(known: Columns, seed: int) -> Columns:
        rng = np.random.default_rng(seed)
        return {name: np.where(rng.random(len(column)) < share, "", column) for name, column in known.items()}

    return spoil


def _wrong(share: float) -> Spoil:
    def spoil(known: Columns, seed: int) -> Columns:
        rng = np.random.default_rng(seed)
        return {
            name: np.where(rng.random(len(column)) < share, rng.permutation(column), column)
            for name, column in known.items()
        }

    return spoil


def _unseen(products: Products, queries: NDArray[np.intp]) -> NDArray[np.intp]:
    """The queries of article types that no training sees."""
    types = products.attributes["articleType"]
    names, counts = np.unique(types, return_counts=True)
    # Not the rarest, of which too few would be left to find, and not the largest, which are half of the catalog.
    middle = names[np.argsort(-counts)][5 : 5 + UNSEEN_TYPES]
    return queries[np.isin(types[queries], middle)]


def _unseen_types(products: Products, prior: float) -> Run:
    def run(fitted: NDArray[np.intp], queries: NDArray[np.intp], seed: int) -> float:
        queries = _unseen(products, queries)
        types = products.attributes["articleType"]
        trained = fitted[~np.isin(types[fitted], types[queries])]
        features, widths = products.parts(range(len(products.edges)))
        reducer = _fit(features[trained], products.columns(trained), widths, products.scored, seed)
        # Products of the unseen types are in the index with their other attributes.
        vectors = reducer.point_vectors(features[fitted], products.columns(fitted))
        query_vectors = weighed(reducer.point_vectors(features[queries]), reducer.index_dim, prior)
        return products.score(vectors, query_vectors, fitted, queries)

    return run


def to_json(results: Sequence[CaseResult]) -> str:
    """For machines."""
    return json.dumps([asdict(result) for result in results])
