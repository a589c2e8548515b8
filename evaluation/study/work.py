"""One method at work: build its version, search for all queries through the client, keep the answers and the costs.

Runs in a process of its own, so that its peak memory is its own and its threads are gone afterwards.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from likewise.evaluation.memory import peak_mib
from likewise.ingest.features import EncodedCatalog, attribute_columns
from likewise.ingest.index import build_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.model import Model
from likewise.ingest.progress import Advance, Progress, Silent
from likewise.ingest.stages import fit
from likewise.search import Hit, SearchClient

from .catalog_files import load_catalog, with_study_features
from .methods import Method
from .queries import DEPTH, STUDY_K, QuerySplit, split_queries

WARM = 10


@dataclass(frozen=True, slots=True)
class MethodJob:
    """What a method's process is told; the catalog itself is read from files.

    Attributes:
        method: how to build and search.
        protocol: `in-catalog` or `held-out`.
        queries: ids of the query products.
        catalog: folder that `save_catalog` wrote.
        folder: where the method's store and answers go.
    """

    method: Method
    protocol: str
    queries: tuple[str, ...]
    catalog: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds to fit and to map all products, milliseconds of one query (p50, p99), peak memory in MiB."""

    fit_s: float
    transform_s: float
    query_ms_p50: float
    query_ms_p99: float
    peak_mib: float
    info: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a method answered.

    Attributes:
        ids: for each query its hits' ids, best first, the query left out.
        payloads: id to payload, as the index returned it.
        costs: time and memory.
    """

    ids: list[list[str]]
    payloads: dict[str, dict[str, Any]]
    costs: Costs


def run(job: MethodJob) -> None:
    """Build, search, and write `answers.json` into the job's folder; replaces what a broken run left."""
    shutil.rmtree(job.folder / "store", ignore_errors=True)
    store = EmbeddedStore(job.folder / "store", create=True)
    catalog = load_catalog(job.catalog)
    if not job.method.joined:
        catalog = with_study_features(catalog)
    split = split_queries(catalog, job.protocol, job.queries)
    indexed, clock = catalog.subset(split.indexed), Clock()
    model = fit(indexed, job.method.recipe, clock)
    transform_s = _timed(partial(_map, model, indexed))
    candidate = build_version(store, model, indexed, job.method.recipe, Silent(), with_map=False)
    candidate.publish()
    with SearchClient.open(store) as client:
        answers, seconds = _ask(client, job.method, split, catalog)
    costs = Costs(
        fit_s=clock.seconds,
        transform_s=transform_s,
        query_ms_p50=float(1000 * np.percentile(seconds, 50)),
        query_ms_p99=float(1000 * np.percentile(seconds, 99)),
        peak_mib=peak_mib(),
        info={"reducer": candidate.manifest.reducer.info, "clusterer": candidate.manifest.clusterer.info},
    )
    _save(job.folder / "answers.json", answers, costs)


def load(folder: Path) -> Answers:
    """Read what `run` wrote."""
    data = json.loads((folder / "answers.json").read_text("utf-8"))
    return Answers(data["ids"], data["payloads"], Costs(**data["costs"]))


def _map(model: Model, catalog: EncodedCatalog) -> None:
    # Mapped here once more than the index needs: writing a version maps and uploads at the same time.
    for block in catalog.blocks():
        features = catalog.features.get([item.content for item in block])
        model.place(features, attribute_columns(block, model.capabilities.predicts))


def _ask(
    client: SearchClient, method: Method, split: QuerySplit, catalog: EncodedCatalog
) -> tuple[Sequence[Sequence[Hit]], list[float]]:
    """Hits of every query for scoring, and the seconds of the same searches one by one at the study's k."""
    ids, probe = split.ids, method.probe
    # A method that learned is asked by picture also in the catalog: by its id a product would be searched with its
    # own attributes.
    if not split.held_out and not method.joined:
        for name in ids[:WARM]:
            client.similar(name, STUDY_K, probe=probe)
        return client.similar_batch(ids, DEPTH, probe=probe), [
            _timed(partial(client.similar, name, STUDY_K, probe=probe)) for name in ids
        ]
    features = catalog.features.get([item.content for item in split.queries])
    client.similar_to_features_batch(features[:WARM], STUDY_K, probe=probe)
    answers = client.similar_to_features_batch(features, DEPTH + 1, probe=probe)
    others = [[hit for hit in hits if hit.id != name][:DEPTH] for name, hits in zip(ids, answers, strict=True)]
    return others, [
        _timed(partial(client.similar_to_features_batch, row[None], STUDY_K, probe=probe)) for row in features
    ]


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _save(path: Path, answers: Sequence[Sequence[Hit]], costs: Costs) -> None:
    payloads = {hit.id: hit.payload for hits in answers for hit in hits}
    ids = [[hit.id for hit in hits] for hits in answers]
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps({"ids": ids, "payloads": payloads, "costs": asdict(costs)}), "utf-8")
    temporary.replace(path)


class Clock(Progress):
    """Adds up the seconds of all stages."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's
        """Time a stage."""
        begin = time.perf_counter()
        yield lambda _: None
        self.seconds += time.perf_counter() - begin
