"""Wiring: catalog -> features -> one process a method -> scores -> tests -> report."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from likewise.evaluation.near_duplicates import near_duplicates
from likewise.ingest.catalog.reader import CatalogOptions, RejectLimit, read_catalog
from likewise.ingest.encoders.base import Encoder, encoder_fingerprint
from likewise.ingest.encoders.spec import EncoderSpec
from likewise.ingest.errors import CatalogError, LikewiseError, StoreError
from likewise.ingest.features.cache import FeatureCache, Features, Leading
from likewise.ingest.features.encode import Embedded, embed
from likewise.ingest.model.estimator import unit_rows
from likewise.ingest.progress import Progress

from . import scores, work
from .methods import Method
from .queries import Split, split

SPARE = 30
"""Hits asked for beyond the largest k, so that enough are left without the near-duplicates."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is run.

    Attributes:
        protocols: `in-catalog`, `held-out`, or both.
        per_category: queries of each category, unless `ids` names them.
        ids: the query products.
        seed: of the sample, the intervals and the tests.
        batch_size: images that the encoder sees at once.
        reject_limit: when to stop instead of comparing on what is left of a catalog.
    """

    protocols: tuple[str, ...] = ("in-catalog", "held-out")
    per_category: int = 100
    ids: tuple[str, ...] | None = None
    seed: int = 0
    batch_size: int = 32
    reject_limit: RejectLimit = field(default_factory=lambda: RejectLimit.parse("5%"))


@dataclass(frozen=True, slots=True)
class Result:
    """One method under one protocol."""

    protocol: str
    method: Method
    scores: scores.Scores
    costs: work.Costs


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a report is made of.

    Attributes:
        features: the study's own, of all products.
        joined: all that the encoder joined to them.
        encoder: of `features`.
    """

    embedded: Embedded
    root: Path
    features: Features
    joined: Features
    encoder: EncoderSpec
    splits: dict[str, Split]
    results: list[Result]
    rejects: int


def compare(
    path: Path,
    out: Path,
    encoder: Encoder,
    methods: Sequence[Method],
    *,
    cache_folder: Path | None = None,
    catalog_options: CatalogOptions | None = None,
    options: Options | None = None,
    progress: Progress,
) -> Study:
    """Run every method under every protocol; what an earlier, interrupted run finished is kept.

    Args:
        path: the catalog.
        out: folder of the report; stores and answers go to `out/work`.
        encoder: images to features, cached in `cache_folder` (default `out/work/embeddings`).
        methods: see `methods.table_one`.

    Raises:
        LikewiseError: the catalog or the queries cannot be used, or a method cannot be built.
    """
    options = options or Options()
    with progress.stage("read catalog") as advance:
        catalog = read_catalog(path, catalog_options)
        advance(len(catalog.products))
    workdir = out / "work"
    cache = FeatureCache(cache_folder or workdir / "embeddings", encoder.fingerprint, encoder.dim)
    embedded = embed(catalog.products, encoder, cache, batch_size=options.batch_size, progress=progress)
    rejects = [*catalog.rejects, *embedded.rejects]
    options.reject_limit.check(rejects, catalog.rows)
    if not embedded.products:
        raise CatalogError(f"No product of {catalog.table} can be used; {len(embedded.rejects)} images are rejected.")
    spec = EncoderSpec(encoder.name, encoder.precision, encoder.fingerprint, encoder.dim)
    plain = _plain(encoder, spec)
    features = Leading(cache, plain.dim)
    splits = {
        name: split(embedded, name, per_category=options.per_category, seed=options.seed, ids=options.ids)
        for name in options.protocols
    }
    results = []
    with progress.stage("compare methods", len(splits) * len(methods)) as advance:
        for protocol, chosen in splits.items():
            twins = _twins(embedded, chosen, features)
            depth = max(scores.KS) + SPARE
            for method in methods:
                job = work.Job(
                    method, chosen, embedded, spec, spec if method.joined else plain, cache.path.parent,
                    workdir / protocol / method.name, catalog.root, depth, scores.STUDY_K, options.seed,
                )  # fmt: skip
                outcome = _finished(job, progress)
                results.append(Result(protocol, method, scores.score(embedded, chosen, outcome, twins), outcome.costs))
                advance(1)
    return Study(embedded, catalog.root, features, cache, plain, splits, results, len(rejects))


def _plain(encoder: Encoder, spec: EncoderSpec) -> EncoderSpec:
    """The encoder that a joined one begins with, else the encoder itself."""
    prefix: tuple[str, int] | None = getattr(encoder, "prefix", None)
    if prefix is None:
        return spec
    name, width = prefix
    return EncoderSpec(name, spec.precision, encoder_fingerprint(name, spec.precision), width)


def _finished(job: work.Job, progress: Progress) -> work.Outcome:
    """The job's outcome: from an earlier run with the very same inputs, else from a process of its own."""
    key = _key(job)
    marker = job.folder / "key"
    if marker.is_file() and marker.read_text("ascii") == key:
        return work.load(job.folder)
    job.folder.mkdir(parents=True, exist_ok=True)
    marker.unlink(missing_ok=True)
    with progress.stage(f"{job.split.protocol}: {job.method.title}"):
        # A fresh interpreter: forking one with BLAS and store threads running would hang some day.
        process = multiprocessing.get_context("spawn").Process(target=_work, args=(job,))
        process.start()
        process.join()
    failure = job.folder / "failure"
    if process.exitcode != 0:
        reason = failure.read_text("utf-8") if failure.is_file() else f"its process ended with {process.exitcode}"
        raise StoreError(f"The method {job.method.name} ({job.split.protocol}) could not be run: {reason}")
    marker.write_text(key, "ascii")
    return work.load(job.folder)


def _work(job: work.Job) -> None:
    failure = job.folder / "failure"
    failure.unlink(missing_ok=True)
    try:
        work.run(job)
    except LikewiseError as error:
        failure.write_text(str(error), "utf-8")
        raise SystemExit(1) from None


def _key(job: work.Job) -> str:
    """Hash over all that shapes an outcome: method, encoder, queries, and the indexed products."""
    digest = hashlib.sha256(
        json.dumps([asdict(job.method), asdict(job.encoder), asdict(job.seen), job.depth, job.k, job.seed]).encode()
    )
    digest.update(job.split.protocol.encode())
    for positions in (job.split.queries, job.split.indexed):
        for at in positions:
            product = job.embedded.products[at]
            digest.update(f"{product.id}\0{job.embedded.contents[at]}\0{sorted(product.attributes.items())}\n".encode())
        digest.update(b"--")
    return digest.hexdigest()


def _twins(embedded: Embedded, chosen: Split, cache: Features) -> list[list[str]]:
    """For each query the ids of the indexed products that are almost the same picture."""
    queries = unit_rows(cache.vectors(embedded.rows[chosen.queries]))
    corpus = unit_rows(cache.vectors(embedded.rows[chosen.indexed]))
    rows = None
    if chosen.protocol == "in-catalog":
        place = {int(at): row for row, at in enumerate(chosen.indexed)}
        rows = np.array([place[int(at)] for at in chosen.queries], np.intp)
    found = near_duplicates(queries, corpus, rows=rows)
    return [[embedded.products[chosen.indexed[at]].id for at in near] for near in found]
