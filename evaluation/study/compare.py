"""The wiring of a comparison: catalog → features → one process a method → scores."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.near_duplicates import near_duplicates
from likewise.evaluation.scoring import Scoring
from likewise.ingest.catalog import ReadingOptions, RejectLimit
from likewise.ingest.encoders import Encoder, EncoderSpec
from likewise.ingest.errors import LikewiseError, StoreError
from likewise.ingest.features import EncodedCatalog, Features, adopt
from likewise.ingest.index import Recipe
from likewise.ingest.job import Rules
from likewise.ingest.model import unit_rows
from likewise.ingest.preparing import encode, read
from likewise.ingest.progress import Progress
from likewise.ingest.user_cache import features_folder

from . import scores, work
from .catalog_files import save_catalog, with_study_features
from .methods import Method
from .queries import DEPTH, STUDY_K, QuerySplit, draw_ids, split_queries


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is run.

    Attributes:
        protocols: `in-catalog`, `held-out`, or both.
        per_category: queries of each category, unless `ids` names them.
        ids: the query products.
        seed: of the sample, the intervals and the tests.
        reading: how the catalog is read.
        reject_limit: when to stop instead of comparing on what is left of a catalog.
        cache: folder of the cache of features; by default the user's.
    """

    protocols: tuple[str, ...] = ("in-catalog", "held-out")
    per_category: int = 100
    ids: tuple[str, ...] | None = None
    seed: int = 0
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    reject_limit: RejectLimit = field(default_factory=lambda: RejectLimit.parse("5%"))
    cache: Path | None = None


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
        catalog: with the study's own features.
        joined: the same catalog with all that the encoder joins to them.
        splits: the queries, by protocol.
        results: of all methods, by protocol and in the order of the study's table.
        folder: where the methods' stores are, each in `protocol/method/store`.
        seed: of everything random.
        remark: groups of products that have no queries; empty where all have.
    """

    catalog: EncodedCatalog
    joined: EncodedCatalog
    splits: dict[str, QuerySplit]
    results: list[Result]
    folder: Path
    seed: int
    remark: str = ""

    @property
    def scoring(self) -> Scoring:
        """What recommendations are scored by."""
        return Scoring.of(self.catalog.schema)

    def store(self, result: Result) -> Path:
        """The store of a method."""
        return self.folder / result.protocol / result.method.name / "store"

    def features(self, method: Method) -> Features:
        """What a method saw."""
        return (self.joined if method.joined else self.catalog).features


def compare_methods(
    path: Path, out: Path, encoder: Encoder, methods: Sequence[Method], options: Options, progress: Progress
) -> Study:
    """Run every method under every protocol; what an earlier, interrupted run finished is kept.

    Args:
        path: the catalog.
        out: folder of the report; stores and answers go to `out/work`.
        encoder: pictures to features.
        methods: see `methods.study_methods`.
        options: how to run.
        progress: told about the stages.

    Raises:
        LikewiseError: the catalog or the queries cannot be used, or a method cannot be built.
    """
    folder = out / "work"
    cache = options.cache or features_folder()
    if (folder / "embeddings").is_dir():
        adopt(folder / "embeddings", cache)
    rules = Rules(reject_limit=options.reject_limit)
    read_in = read(path, Recipe(reading=options.reading), rules, progress)
    scoring = Scoring.of(read_in.schema)
    joined = encode(read_in, encoder, cache, rules, progress)
    catalog = with_study_features(joined)
    ids, remark = options.ids, ""
    if ids is None:
        drawn, remark = draw_ids(catalog, options.per_category, options.seed)
        ids = tuple(drawn)
    splits = {name: split_queries(catalog, name, ids) for name in options.protocols}
    save_catalog(joined, cache, folder / "catalog")
    results = []
    with progress.stage("compare methods", len(splits) * len(methods)) as advance:
        for protocol, split in splits.items():
            twins, inputs = _near_duplicates(split, catalog.features), split.digest
            for method in methods:
                job = work.MethodJob(method, protocol, split.ids, folder / "catalog", folder / protocol / method.name)
                encoder_spec = joined.encoder if method.joined else catalog.encoder
                key = _key(method, inputs, encoder_spec, method.recipe.learned(catalog.schema))
                answers = _answers(job, key, progress)
                scored = scores.score(split, answers, twins, scoring.attributes)
                results.append(Result(protocol, method, scored, answers.costs))
                advance(1)
    return Study(catalog, joined, splits, results, folder, options.seed, remark)


def _answers(job: work.MethodJob, key: str, progress: Progress) -> work.Answers:
    """A method's answers: from an earlier run with the same key, else from a process of its own."""
    marker = job.folder / "key"
    if marker.is_file() and marker.read_text("ascii") == key:
        return work.load(job.folder)
    job.folder.mkdir(parents=True, exist_ok=True)
    marker.unlink(missing_ok=True)
    with progress.stage(f"{job.protocol}: {job.method.title}"):
        # A fresh interpreter: forking one with BLAS and store threads running would hang some day.
        process = multiprocessing.get_context("spawn").Process(target=_work, args=(job,))
        process.start()
        process.join()
    failure = job.folder / "failure"
    if process.exitcode != 0:
        reason = failure.read_text("utf-8") if failure.is_file() else f"its process ended with {process.exitcode}"
        raise StoreError(f"The method {job.method.name} ({job.protocol}) could not be run: {reason}")
    marker.write_text(key, "ascii")
    return work.load(job.folder)


def _work(job: work.MethodJob) -> None:
    failure = job.folder / "failure"
    failure.unlink(missing_ok=True)
    try:
        work.run(job)
    except LikewiseError as error:
        failure.write_text(str(error), "utf-8")
        raise SystemExit(1) from None


def _key(method: Method, inputs: str, encoder: EncoderSpec, learned: Sequence[str]) -> str:
    """Hash over all that shapes a method's answers.

    Args:
        method: how to build and search.
        inputs: digest of its queries and products.
        encoder: of what it sees.
        learned: the columns that it learns.
    """
    facts = [asdict(method), encoder.to_dict(), DEPTH, STUDY_K, inputs, *([list(learned)] if learned else [])]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _near_duplicates(split: QuerySplit, features: Features) -> list[list[str]]:
    """For each query the ids of the indexed products that are almost the same picture."""
    queries, indexed = (
        unit_rows(features.get([item.content for item in items])) for items in (split.queries, split.indexed)
    )
    rows: NDArray[np.intp] | None = None
    if not split.held_out:
        row_of = {item.product.id: row for row, item in enumerate(split.indexed)}
        rows = np.array([row_of[product_id] for product_id in split.ids], np.intp)
    return [[split.indexed[at].product.id for at in near] for near in near_duplicates(queries, indexed, rows=rows)]
