"""One method at work: build its version, ask all queries through the client, keep answers and costs.

Runs in a process of its own, so that its peak memory is its own and its threads are gone afterwards.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.ingest.encoders.spec import EncoderSpec
from likewise.ingest.features.cache import FeatureCache, Features, Leading
from likewise.ingest.features.encode import Embedded
from likewise.ingest.index.recipe import Recipe
from likewise.ingest.index.stores import Hit
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.versions import fit, write_version
from likewise.ingest.progress import Advance, Progress
from likewise.search import SearchClient

from .methods import Method
from .queries import Split, subset

WARM = 10


@dataclass(frozen=True, slots=True)
class Job:
    """All that a method's process needs; small enough to send, the features are read from the cache.

    Attributes:
        encoder: what made the cached features.
        seen: the encoder that the method sees: `encoder`, or the one that it begins with.
        folder: where the method's store and answers go.
        cache_folder: the embedding cache.
        depth: hits asked for, at least the largest k plus the near-duplicates that may be dropped.
    """

    method: Method
    split: Split
    embedded: Embedded
    encoder: EncoderSpec
    seen: EncoderSpec
    cache_folder: Path
    folder: Path
    root: Path
    depth: int
    k: int
    seed: int


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
class Outcome:
    """What a method answered.

    Attributes:
        ids: for each query its hits' ids, best first, the query left out.
        payloads: id to payload, as the index returned it.
        costs: time and memory.
    """

    ids: list[list[str]]
    payloads: dict[str, dict[str, Any]]
    costs: Costs


def run(job: Job) -> None:
    """Build, ask, and write `outcome.json` into the job's folder; replaces what a broken run left."""
    import shutil

    shutil.rmtree(job.folder / "store", ignore_errors=True)
    store = EmbeddedStore(job.folder / "store", create=True)
    cache = Leading(FeatureCache(job.cache_folder, job.encoder.fingerprint, job.encoder.dim), job.seen.dim)
    clock = Clock()
    recipe = Recipe(
        job.method.reducer,
        job.method.reducer_params,
        job.method.clusterer,
        job.method.clusterer_params,
        seed=job.seed,
    )
    indexed = subset(job.embedded, job.split.indexed)
    model = fit(indexed, cache, job.seen, recipe, clock)
    manifest = write_version(store, model, indexed, cache, [], job.root, clock)
    store.publish(manifest.version)
    with SearchClient.open(store) as client:
        answers, seconds = _ask(client, job, cache)
    costs = Costs(
        fit_s=sum(spent for title, spent in clock.seconds.items() if title.startswith("fit ")),
        transform_s=clock.seconds["reduce and cluster"],
        query_ms_p50=float(1000 * np.percentile(seconds, 50)),
        query_ms_p99=float(1000 * np.percentile(seconds, 99)),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        info={"reducer": manifest.reducer.info, "clusterer": manifest.clusterer.info},
    )
    _save(job.folder / "outcome.json", answers, costs)


def load(folder: Path) -> Outcome:
    """Read what `run` wrote."""
    data = json.loads((folder / "outcome.json").read_text("utf-8"))
    return Outcome(data["ids"], data["payloads"], Costs(**data["costs"]))


def _ask(client: SearchClient, job: Job, cache: Features) -> tuple[list[list[Hit]], list[float]]:
    """Hits of every query for scoring, and the seconds of the same searches one by one at the study's k."""
    probe, queries = job.method.probe, job.split.queries
    if job.split.protocol == "in-catalog" and not job.method.joined:
        names = [job.embedded.products[at].id for at in queries]
        for name in names[:WARM]:
            client.similar(name, job.k, probe=probe)
        return client.similar_batch(names, job.depth, probe=probe), [
            _timed(lambda name=name: client.similar(name, job.k, probe=probe)) for name in names
        ]
    # Also in the catalog for a method that learned: by its id a product would be searched with its own attributes.
    features = cache.vectors(job.embedded.rows[queries])
    client.similar_to_features_batch(features[:WARM], job.k, probe=probe)
    answers = client.similar_to_features_batch(features, job.depth + 1, probe=probe)
    names = [job.embedded.products[at].id for at in queries]
    others = [[hit for hit in hits if hit.id != name][: job.depth] for name, hits in zip(names, answers, strict=True)]
    return others, [
        _timed(lambda at=at: client.similar_to_features_batch(features[at : at + 1], job.k, probe=probe))
        for at in range(len(features))
    ]


def _timed(search: Any) -> float:  # noqa: ANN401 - any call
    begin = time.perf_counter()
    search()
    return time.perf_counter() - begin


def _save(path: Path, answers: Sequence[Sequence[Hit]], costs: Costs) -> None:
    payloads = {hit.id: hit.payload for hits in answers for hit in hits}
    ids = [[hit.id for hit in hits] for hits in answers]
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps({"ids": ids, "payloads": payloads, "costs": asdict(costs)}), "utf-8")
    temporary.replace(path)


class Clock(Progress):
    """Notes how long each stage takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's
        """Time a stage."""
        begin = time.perf_counter()
        yield lambda _: None
        self.seconds[title] = time.perf_counter() - begin
