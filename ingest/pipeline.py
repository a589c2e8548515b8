"""One run: prepare the catalog, decide what is due, build it, judge it, publish it."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from .decision import Decision
from .encoders import Encoder
from .features import adopt
from .index import (
    Candidate,
    Reader,
    Recipe,
    Store,
    Update,
    build_version,
    open_store,
    prune_versions,
    update_version,
)
from .job import Job, Judge, Outcome, Rules
from .preparing import others_of, prepare
from .progress import Progress, Silent
from .stages import check, current, decide_on, fit, outcome_of, publish, resolve
from .waiting import exclusive


def run(job: Job, judge: Judge | None = None, progress: Progress | None = None) -> Outcome:
    """Bring an index up to its catalog by the least that is due, and publish what a judge lets through.

    Raises:
        CatalogError: the catalog cannot be read, or no product is left of it.
        TooManyRejectsError: more rejects than the rules allow; nothing was published.
        IncompatibleError: the index needs an encoder that is not here.
        ParameterError: an impossible option, or one that needs the refit that the rules forbid.
        StoreError: the store cannot be read or written, or another process writes to it.
    """
    progress = progress or Silent()
    # From the comparison to the publish, nobody else may change what was compared.
    with exclusive(job, progress):
        with current(job) as reader:
            outcome = _run(job, reader, judge, progress)
        if job.rules.keep is None:
            return outcome
        return dataclasses.replace(outcome, pruned=prune_versions(job.store, job.rules.keep))


def _run(job: Job, reader: Reader | None, judge: Judge | None, progress: Progress) -> Outcome:
    recipe, encoder = resolve(job, reader, progress)
    changed = check(recipe, encoder, reader, job.rules)
    if job.store.left_features is not None:
        adopt(job.store.left_features, job.features)
    indexed = None if reader is None else reader.manifest
    others = others_of(reader, changed, job.rules)
    catalog = prepare(job.catalog, recipe, encoder, job.features, job.rules, progress, indexed, others)
    decision = decide_on(reader, catalog, recipe, changed, job.rules, progress)
    if reader is not None and decision.kind == "nothing":
        return outcome_of(job, reader.manifest, decision)
    candidate = _build(job, reader, decision, recipe, progress)
    return publish(job, reader, candidate, decision, judge, progress)


def ingest(
    catalog: str | Path,
    store: str | Path | Store,
    *,
    recipe: Recipe | None = None,
    rules: Rules | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Index a catalog and publish it; an index that is there is updated.

    Args:
        catalog: a folder with styles.csv and images/, or a .csv or .parquet table.
        store: a folder, made when it is missing, or `http(s)://HOST:PORT/NAME`.
        recipe: how to build the index; by default as it is built, a new one by `Recipe()`.
        rules: what may be done, for example `Rules(refit="always", prune_missing=True)`.
        encoder: pictures to features; by default the one that the recipe names.
        cache: folder of the cache of features, by default the user's.
        progress: told about the stages.

    Raises:
        LikewiseError: as `run`.
    """
    opened = open_store(store, create=True, patient=True) if isinstance(store, str | Path) else store
    try:
        job = Job(Path(catalog), opened, rules=rules or Rules(), encoder=encoder, cache=cache)
        return run(job if recipe is None else dataclasses.replace(job, recipe=recipe), progress=progress)
    finally:
        if opened is not store:
            opened.close()


def _build(job: Job, reader: Reader | None, decision: Decision, recipe: Recipe, progress: Progress) -> Candidate:
    if decision.kind == "rewrite" and reader is not None and decision.model is not None:
        return build_version(job.store, decision.model, decision.catalog, recipe, progress, fitted=reader.manifest)
    if reader is not None and decision.model is not None and decision.changes is not None:
        update = Update(reader, decision.model, decision.catalog, decision.changes)
        return update_version(job.store, update, recipe, progress)
    begun = time.monotonic()
    model = fit(decision.catalog, recipe, progress)
    seconds = time.monotonic() - begun
    return build_version(job.store, model, decision.catalog, recipe, progress, fit_seconds=seconds)
