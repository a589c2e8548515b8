"""One run of the scheduler's command: do the least, check it, publish it, or leave everything as it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from likewise.deploy.build import Build
from likewise.evaluation.gate import QUERIES, GateError, Measured, Verdict, judge, measure, sample
from likewise.ingest.errors import LikewiseError
from likewise.ingest.index.changes import Changes
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.stores import Reader, Store
from likewise.ingest.model.drift import DriftReport
from likewise.ingest.model.model import Model
from likewise.ingest.pipeline import IN_PLACE_SHARE, Prepared, carry, differences, drift, prepare, refitted, updated
from likewise.ingest.progress import Progress
from likewise.search import SearchClient

REFIT = ("drift", "always", "never")


@dataclass(slots=True)
class Outcome:
    """What a run did; one line of the log.

    Attributes:
        outcome: `nothing`, `updated`, `refitted`, `refused` (by the gate), or `failed`.
        version: the version that searches read afterwards.
        parent: the version that they read before.
        candidate: the version that was built; differs from `version` when it was refused.
    """

    outcome: str = "failed"
    started: str = ""
    seconds: float = 0.0
    version: str | None = None
    parent: str | None = None
    candidate: str | None = None
    products: int = 0
    rejects: int = 0
    encoded: int = 0
    changes: dict[str, int] = field(default_factory=dict)
    drift: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    pruned: list[str] = field(default_factory=list)
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """For the log; counts of changes stand at the top level."""
        facts = asdict(self)
        return {**{key: value for key, value in facts.items() if key != "changes"}, **self.changes}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do.

    Attributes:
        refit: `drift` when the catalog has outgrown the model, `always`, or `never`.
        max_drop: allowed loss of Precision@6, in points.
        max_removed: allowed share of removed products.
        keep: versions to keep, the current one always among them.
        prune_missing: remove products that the catalog no longer has.
        seed: of the gate's samples.
    """

    refit: str = "drift"
    max_drop: float = 1.0
    max_removed: float = 0.3
    keep: int = 3
    prune_missing: bool = True
    seed: int = 0


def reindex(
    catalog: Path,
    store: Store,
    make_build: Callable[[], Build],
    rules: Rules,
    progress: Progress,
    outcome: Outcome,
) -> None:
    """Bring an index up to today's catalog; what happened is written into `outcome` as far as it went.

    Args:
        catalog: today's.
        store: holds the index; another run that is under way is an error.
        make_build: called inside the lock, since it reads the current version.
        rules: what the run may do.
        progress: told about the stages.
        outcome: filled, also when an error is raised.

    Raises:
        GateError: the new version is worse or broken; the current one stays.
        LikewiseError: as `likewise.ingest.pipeline.ingest`.
    """
    began = time.monotonic()
    outcome.started = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with store.exclusive():
            outcome.parent = outcome.version = store.current()
            if outcome.parent is not None:
                # A run that was killed between its update and the verdict: searches read what nobody judged.
                store.take_back(outcome.parent)
            try:
                _Run(store, make_build(), rules, progress, outcome).go(catalog)
            finally:
                if outcome.outcome != "failed":
                    outcome.pruned = prune_versions(store, rules.keep)
    finally:
        outcome.seconds = round(time.monotonic() - began, 2)


class _Run:
    def __init__(self, store: Store, build: Build, rules: Rules, progress: Progress, outcome: Outcome) -> None:
        self._store = store
        self._build = build
        self._rules = rules
        self._progress = progress
        self._outcome = outcome

    def go(self, catalog: Path) -> None:
        build, outcome = self._build, self._outcome
        prepared = prepare(
            catalog, build.encoder, build.cache_folder, build.catalog_options, build.recipe, self._progress
        )
        outcome.rejects, outcome.encoded = len(prepared.rejects), prepared.embedded.encoded
        if outcome.parent is None or build.replaces:
            self._refit(prepared, None, None)
        else:
            with self._store.open(outcome.parent) as reader:
                self._against(reader, prepared)

    def _against(self, reader: Reader, prepared: Prepared) -> None:
        outcome = self._outcome
        changes = differences(reader, prepared, prune=self._rules.prune_missing)
        outcome.changes, outcome.products = changes.counts(), reader.manifest.products
        fits = self._build.recipe.made(reader.manifest, prepared.encoder.fingerprint)
        if not fits and self._rules.refit == "never":
            raise GateError(
                f"{reader.version} was built another way than the options ask for, and --refit never forbids to change "
                "that. Leave out the options, or allow a refit."
            )
        forced = self._rules.refit == "always" or not fits
        if not changes.any and not forced and not reader.unfinished:
            outcome.outcome = "nothing"
            return
        before = self._measure(reader, prepared, changes)
        if forced:
            self._refit(carry(reader, prepared, changes.missing), changes, before)
            return
        model = reader.model()
        moved = drift(reader, model, prepared)
        outcome.drift = None if moved is None else moved.to_dict()
        if self._rules.refit == "drift" and _due(moved):
            self._refit(carry(reader, prepared, changes.missing), changes, before)
        else:
            self._update(reader, model, prepared, changes, before)

    def _refit(self, prepared: Prepared, changes: Changes | None, before: Measured | None) -> None:
        manifest = refitted(self._store, prepared, self._build.recipe, self._progress)
        removed = len(changes.removed) if changes else 0
        self._decide(manifest.version, prepared, len(prepared.embedded.products), before, removed)
        self._store.publish(manifest.version)
        self._done("refitted", manifest.version, manifest.products)

    def _update(
        self, reader: Reader, model: Model, prepared: Prepared, changes: Changes, before: Measured | None
    ) -> None:
        in_place = self._store.in_place and changes.share <= IN_PLACE_SHARE
        try:
            manifest = updated(
                self._store,
                reader,
                model,
                prepared,
                changes,
                self._progress,
                in_place=in_place,
                provisional=True,
                fill_missing=self._build.recipe.fill_missing,
            )
            self._decide(manifest.version, prepared, changes.products, before, len(changes.removed))
            if in_place:
                self._store.settle(manifest.version)
            else:
                self._store.publish(manifest.version)
        except GateError:
            self._store.take_back(reader.version)
            raise
        except BaseException:
            # Searches read what was not judged. Where it cannot be taken back now, the next run does it first.
            with suppress(LikewiseError):
                self._store.take_back(reader.version)
            raise
        self._done("updated", manifest.version, manifest.products)

    def _measure(self, reader: Reader, prepared: Prepared, changes: Changes) -> Measured | None:
        """The current version on products that both versions hold."""
        new = set(changes.added)
        shared = [product.id for at, product in enumerate(prepared.embedded.products) if at not in new]
        with self._progress.stage("measure current"):
            chosen = sample(shared, QUERIES, self._rules.seed)
            return measure(SearchClient(reader), chosen) if chosen else None

    def _decide(self, version: str, prepared: Prepared, products: int, before: Measured | None, removed: int) -> None:
        embedded = prepared.embedded
        contents = {product.id: content for product, content in zip(embedded.products, embedded.contents, strict=True)}
        self._outcome.candidate = version
        with self._progress.stage("gate"), SearchClient.open(self._store, version=version) as client:
            verdict: Verdict = judge(
                client,
                contents,
                prepared.cache,
                encoder=prepared.encoder.fingerprint,
                products=products,
                before=before,
                removed=removed,
                max_drop=self._rules.max_drop,
                max_removed=self._rules.max_removed,
                seed=self._rules.seed,
            )
        self._outcome.gate = verdict.to_dict()
        if not verdict.passed:
            self._outcome.outcome = "refused"
            raise GateError(
                f"{version} is not published, searches stay as they were: {'; '.join(verdict.refusals)}. "
                "Look at it with `likewise evaluate --version`, or publish it with `likewise index publish`."
            )

    def _done(self, outcome: str, version: str, products: int) -> None:
        self._outcome.outcome, self._outcome.version, self._outcome.products = outcome, version, products


def _due(moved: DriftReport | None) -> bool:
    return moved is not None and moved.refit
