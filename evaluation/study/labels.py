"""What each part of the learned reducer adds, and what poor labels cost it: on validation queries.

Queries are drawn by a seed and removed before anything is fitted; several seeds, one mean. The search is exact and
in memory, which gives what the store gives.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.metrics import encode_attributes, precision_at_k
from likewise.evaluation.protocol import CATEGORIES, SCORED
from likewise.ingest.arrays import Float
from likewise.ingest.encoders.resnet50_rich import STAGES
from likewise.ingest.features.cache import Features
from likewise.ingest.features.encode import Embedded
from likewise.ingest.index.versions import labels
from likewise.ingest.model.estimator import unit_rows
from likewise.ingest.model.model import weighed
from likewise.ingest.model.reducers.supervised.reducer import PRIOR, Attributes

K = 6
PARAMS: dict[str, Any] = {"n_components": 100}
TRAINED = (0.25, 0.5)
"""Shares of the products, while all are searched: what a larger catalog may bring."""

SHARES = {"missing": (0.3, 0.6), "wrong": (0.1, 0.2, 0.4)}
"""Of the labels that are spoilt."""

UNSEEN_TYPES = 10
"""Article types that are left out of the training altogether."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case: mean Precision@6 of the categories in per cent, over the seeds, and its values by seed."""

    case: str
    precision: float
    by_seed: list[float]


class Catalog:
    """Features float32[n, D] in blocks, attributes, and their codes for scoring."""

    def __init__(self, embedded: Embedded, features: Features, blocks: Sequence[int]) -> None:
        keep = [
            at for at, found in enumerate(embedded.products) if found.attributes.get("masterCategory") in CATEGORIES
        ]
        products = [embedded.products[at] for at in keep]
        self.features = features.vectors(embedded.rows[keep])
        self.edges = list(pairwise([0, *np.cumsum(blocks).tolist()]))
        self.labels = {name: column for name, column in labels(products).items() if name in SCORED}
        self.codes = encode_attributes([dict(product.attributes) for product in products], SCORED)
        self.masters = np.asarray(self.labels["masterCategory"])

    def parts(self, chosen: Sequence[int]) -> tuple[Float, list[int]]:
        """The features of some blocks, and their widths."""
        edges = [self.edges[at] for at in chosen]
        joined = np.hstack([self.features[:, start:end] for start, end in edges])
        return np.ascontiguousarray(joined), [end - start for start, end in edges]

    def split(self, seed: int, per_category: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Positions that are fitted on, and those that are asked."""
        rng = np.random.default_rng(10_000 + seed)
        asked = [
            rng.permutation(np.flatnonzero(self.masters == name))[:per_category]
            for name in CATEGORIES
            if (self.masters == name).any()
        ]
        queries = np.sort(np.concatenate(asked))
        return np.setdiff1d(np.arange(len(self.masters)), queries), queries

    def score(self, stored: Float, queries: Float, fitted: NDArray[np.intp], asked: NDArray[np.intp]) -> float:
        """Mean of the categories' Precision@6."""
        similar = queries @ stored.T
        best = np.argpartition(-similar, K, axis=1)[:, :K]
        found = 100 * precision_at_k(self.codes[asked], self.codes[fitted[best]])
        masters = self.masters[asked]
        return float(np.mean([found[masters == name].mean() for name in np.unique(masters)]))


def measure(catalog: Catalog, *, seeds: int, per_category: int, out: Path, say: Callable[[str], object]) -> list[Row]:
    """Run all cases; what `out/labels.json` already holds is not repeated."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "labels.json"
    done: dict[str, list[float]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for case, run in cases(catalog):
        for seed in range(len(done.get(case, [])), seeds):
            fitted, asked = catalog.split(seed, per_category)
            done.setdefault(case, []).append(round(run(fitted, asked, seed), 3))
            path.write_text(json.dumps(done, indent=1) + "\n", "utf-8")
            say(f"{case}: {done[case][-1]:.2f}")
    return [Row(case, float(np.mean(values[:seeds])), values[:seeds]) for case, values in done.items()]


Run = Callable[[NDArray[np.intp], NDArray[np.intp], int], float]


def cases(catalog: Catalog) -> Iterator[tuple[str, Run]]:
    """Name and run of each case."""
    yield "raw features, cosine", lambda fitted, asked, _: _raw(catalog, fitted, asked)
    everything = range(len(catalog.edges))
    stages, colours = list(range(len(STAGES))), len(catalog.edges) - 1
    grown = {
        "last stage": [0],
        "+ two earlier stages": stages,
        "+ colour signature": [*stages, colours],
        "+ second network": list(everything),
    }
    for name, blocks in grown.items():
        yield name, _learned(catalog, blocks)
    yield "kernel regression alone", _learned(catalog, everything, share=1.0)
    yield "networks alone", _learned(catalog, everything, share=0.0)
    yield "plain cosine", _learned(catalog, everything, prior=0.0)
    for trained in TRAINED:
        yield f"trained on {trained:.0%} of the products", _learned(catalog, everything, trained=trained)
    for share in SHARES["missing"]:
        yield f"{share:.0%} of labels missing", _learned(catalog, everything, spoil=_holes(share))
    for share in SHARES["wrong"]:
        yield f"{share:.0%} of labels wrong", _learned(catalog, everything, spoil=_wrong(share))
    yield "articleType alone", _learned(catalog, everything, names=["articleType"])
    yield "unseen types: raw features", lambda fitted, asked, _: _raw(catalog, *_unseen(catalog, fitted, asked))
    yield "unseen types: learned without them, prior 0.5", _unseen_types(catalog, 0.5)
    yield "unseen types: learned without them, plain cosine", _unseen_types(catalog, 0.0)


def _raw(catalog: Catalog, fitted: NDArray[np.intp], asked: NDArray[np.intp]) -> float:
    start, end = catalog.edges[0]
    vectors = unit_rows(np.ascontiguousarray(catalog.features[:, start:end]))
    return catalog.score(vectors[fitted], vectors[asked], fitted, asked)


def _learned(
    catalog: Catalog,
    blocks: Sequence[int],
    *,
    prior: float = PRIOR,
    share: float | None = None,
    trained: float = 1.0,
    names: Sequence[str] = SCORED,
    spoil: Callable[[dict[str, Any], int], dict[str, Any]] | None = None,
) -> Run:
    def run(fitted: NDArray[np.intp], asked: NDArray[np.intp], seed: int) -> float:
        features, widths = catalog.parts(blocks)
        known = {name: column[fitted] for name, column in catalog.labels.items()}
        known = spoil(known, seed) if spoil else known
        taught = np.sort(np.random.default_rng(seed).permutation(len(fitted))[: round(trained * len(fitted))])
        seen = {name: column[taught] for name, column in known.items()}
        reducer = _fit(features[fitted[taught]], seen, widths, names, seed)
        if share is not None:
            reducer = copy.copy(reducer)
            fixed = np.full_like(reducer.posterior_.share, share)
            reducer.posterior_ = dataclasses.replace(reducer.posterior_, share=fixed)
        queries = weighed(reducer.place(features[asked]), reducer.dim, prior)
        return catalog.score(reducer.place(features[fitted], known), queries, fitted, asked)

    return run


_FITTED: dict[Any, Attributes] = {}


def _fit(features: Float, known: dict[str, Any], widths: list[int], names: Sequence[str], seed: int) -> Attributes:
    """The last reducer is kept: with and without a prior are two questions to the same one."""
    key = (tuple(widths), tuple(names), seed, len(features), *(hash(column.tobytes()) for column in known.values()))
    if key not in _FITTED:
        _FITTED.clear()
        _FITTED[key] = Attributes(attributes=names, blocks=widths, random_state=seed, **PARAMS).fit(features, known)
    return _FITTED[key]


def _holes(share: float) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    def spoil(known: dict[str, Any], seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        return {name: np.where(rng.random(len(column)) < share, "", column) for name, column in known.items()}

    return spoil


def _wrong(share: float) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    def spoil(known: dict[str, Any], seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        return {
            name: np.where(rng.random(len(column)) < share, rng.permutation(column), column)
            for name, column in known.items()
        }

    return spoil


def _unseen(
    catalog: Catalog, fitted: NDArray[np.intp], asked: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Everything is searched; asked are products of article types that no training sees."""
    types = np.asarray(catalog.labels["articleType"])
    names, counts = np.unique(types, return_counts=True)
    # Not the rarest, of which too few would be left to find, and not the largest, which are half of the catalog.
    middle = names[np.argsort(-counts)][5 : 5 + UNSEEN_TYPES]
    return fitted, np.array([at for at in asked if types[at] in middle], np.intp)


def _unseen_types(catalog: Catalog, prior: float) -> Run:
    def run(fitted: NDArray[np.intp], asked: NDArray[np.intp], seed: int) -> float:
        searched, queries = _unseen(catalog, fitted, asked)
        strange = np.unique(np.asarray(catalog.labels["articleType"])[queries])
        trained = np.array([at for at in fitted if catalog.labels["articleType"][at] not in strange], np.intp)
        features, widths = catalog.parts(range(len(catalog.edges)))
        known = {name: column[trained] for name, column in catalog.labels.items()}
        reducer = _fit(features[trained], known, widths, SCORED, seed)
        # Products of the unseen types are in the index with their other attributes.
        stored = reducer.place(features[searched], {name: column[searched] for name, column in catalog.labels.items()})
        asked_with = weighed(reducer.place(features[queries]), reducer.dim, prior)
        return catalog.score(stored, asked_with, searched, queries)

    return run


def to_json(rows: Sequence[Row]) -> str:
    """For machines."""
    return json.dumps([asdict(row) for row in rows])
