"""One run: prepare the catalog, decide what is due, build it, judge it, publish it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .catalog import read_catalog
from .decision import Decision, decide
from .encoders import Encoder, LazyEncoder, open_encoder
from .errors import CatalogError, IncompatibleError, ParameterError, StoreError
from .features import EncodedCatalog, FeatureCache, adopt, attribute_columns, encode_catalog
from .index import (
    Candidate,
    Manifest,
    Reader,
    Recipe,
    Store,
    Update,
    apply_options,
    build_version,
    open_store,
    prune_versions,
    update_version,
)
from .job import OUTCOMES, Job, Judge, Outcome, Rules
from .model import Model, fit_model, held_back
from .progress import Progress, Silent
from .user_cache import features_folder
from .waiting import exclusive

FIT_SAMPLE = 50_000
"""Most products that a reducer or clusterer is fitted on; a larger catalog is sampled, then mapped whole."""


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
        with _current(job) as reader:
            outcome = _run(job, reader, judge, progress)
        if job.rules.keep is None:
            return outcome
        return dataclasses.replace(outcome, pruned=prune_versions(job.store, job.rules.keep))


def _run(job: Job, reader: Reader | None, judge: Judge | None, progress: Progress) -> Outcome:
    recipe, encoder = _resolve(job, reader, progress)
    changed = _check(recipe, encoder, reader, job.rules)
    cache = job.cache or features_folder()
    if job.store.left_features is not None:
        adopt(job.store.left_features, cache)
    catalog = prepare(job.catalog, recipe, encoder, cache, job.rules, progress)
    decision = _decide(reader, catalog, recipe, changed, job.rules, progress)
    if reader is not None and decision.kind == "nothing":
        return _outcome(job, reader.manifest, decision)
    candidate = _build(job, reader, decision, recipe, progress)
    return _publish(job, reader, candidate, decision, judge, progress)


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


def prepare(
    path: Path, recipe: Recipe, encoder: Encoder, cache: Path, rules: Rules, progress: Progress
) -> EncodedCatalog:
    """Read a catalog and bring the features of all its pictures into the cache.

    Raises:
        CatalogError: it cannot be read, or no product is left of it.
        TooManyRejectsError: more rejects than the rules allow.
    """
    with progress.stage("read catalog") as advance:
        catalog = read_catalog(path, recipe.reading)
        advance(len(catalog.products))
    rules.reject_limit.check(catalog.rejects, catalog.rows)
    features = FeatureCache(cache, encoder.spec)
    features.mark_used()
    encoded = encode_catalog(catalog, encoder, features, batch_size=rules.batch_size, progress=progress)
    rules.reject_limit.check(encoded.rejects, encoded.rows)
    if not len(encoded):
        raise CatalogError(f"No product of {catalog.table} can be indexed; see the rejects' reasons.")
    return encoded


def fit(catalog: EncodedCatalog, recipe: Recipe, progress: Progress) -> Model:
    """Fit the recipe's reducer and clusterer on a catalog, or on a seeded sample of a large one.

    What learns attributes does not look at a small part of the products, of which its quality can be asked; they are
    indexed like all others.

    Raises:
        ParameterError: parameters that the catalog does not allow, such as more components than products.
    """
    reducer = recipe.new_reducer()
    bound = held_back(item.content for item in catalog) if reducer.learns_attributes else ""
    fitted = catalog.subset(item for item in catalog if item.content > bound) if bound else catalog
    sample = fitted.sample(FIT_SAMPLE, recipe.seed)
    return fit_model(
        catalog.encoder,
        catalog.features.get([item.content for item in sample]),
        attribute_columns(sample, catalog.schema.names),
        reducer,
        recipe.new_clusterer(),
        progress,
        bound,
    )


@contextmanager
def _current(job: Job) -> Iterator[Reader | None]:
    """The version that searches read; None without one, and when a forced fit replaces one that cannot be read."""
    store, version = job.store, job.store.current()
    if version is None:
        yield None
        return
    try:
        reader = store.open(version)
    except (StoreError, IncompatibleError):
        # Not for a store that does not answer: this asks it once more, and raises.
        if job.rules.refit != "always" or not any(each.current and each.manifest is None for each in store.versions()):
            raise
        yield None
        return
    with reader:
        yield reader


def _resolve(job: Job, reader: Reader | None, progress: Progress) -> tuple[Recipe, Encoder]:
    """The recipe of this run, and its encoder."""
    saved = None if reader is None else Recipe.from_manifest(reader.manifest)
    recipe = job.recipe if isinstance(job.recipe, Recipe) else apply_options(saved, job.recipe)
    if job.encoder is not None:
        spec = job.encoder.spec
        return dataclasses.replace(recipe, encoder=spec.name, precision=spec.precision), job.encoder
    if reader is not None:
        spec = reader.manifest.encoder
        if (spec.name, spec.precision) == (recipe.encoder, recipe.precision):
            try:
                return recipe, open_encoder(spec, weights_file=job.weights, progress=progress)
            except IncompatibleError:
                if job.weights is None and job.rules.refit != "always":
                    raise
    return recipe, LazyEncoder(recipe.encoder, recipe.precision, weights_file=job.weights, progress=progress)


def _check(recipe: Recipe, encoder: Encoder, reader: Reader | None, rules: Rules) -> bool:
    """Whether the recipe is another one than the index's; what cannot work is refused before anything is encoded."""
    recipe.new_reducer()
    recipe.new_clusterer()
    changed = reader is not None and not recipe.matches(reader.manifest, encoder.spec)
    if reader is not None and changed and rules.refit == "never":
        raise ParameterError(
            f"{reader.version} was built another way than the options ask for, and --refit never forbids to change "
            "that. Leave out the options, or allow a refit."
        )
    return changed


def _decide(
    reader: Reader | None, catalog: EncodedCatalog, recipe: Recipe, changed: bool, rules: Rules, progress: Progress
) -> Decision:
    if reader is None:
        return Decision("fit", catalog)
    with progress.stage("compare"):
        return decide(
            reader,
            catalog,
            fit=changed or rules.refit == "always",
            fit_on_drift=rules.refit == "drift",
            rewrite=not recipe.keeps(reader.manifest),
            prune_missing=rules.prune_missing,
        )


def _build(job: Job, reader: Reader | None, decision: Decision, recipe: Recipe, progress: Progress) -> Candidate:
    if reader is not None and decision.model is not None and decision.changes is not None:
        update = Update(reader, decision.model, decision.catalog, decision.changes)
        return update_version(job.store, update, recipe, progress)
    model = fit(decision.catalog, recipe, progress)
    return build_version(job.store, model, decision.catalog, recipe, progress)


def _publish(
    job: Job, reader: Reader | None, candidate: Candidate, decision: Decision, judge: Judge | None, progress: Progress
) -> Outcome:
    """Judge a candidate; publish it, or leave searches as they are."""
    verdict = None
    if judge is not None:
        with progress.stage("judge"):
            verdict = judge.verdict(reader, candidate, decision)
    outcome = dataclasses.replace(_outcome(job, candidate.manifest, decision), verdict=verdict)
    if verdict is not None and not verdict.passed:
        return dataclasses.replace(outcome, outcome="refused", published=False)
    if not job.rules.publish:
        return dataclasses.replace(outcome, published=False)
    candidate.publish()
    return dataclasses.replace(outcome, version=candidate.version)


def _outcome(job: Job, manifest: Manifest, decision: Decision) -> Outcome:
    """What a run did, as far as it is known before the verdict."""
    current = job.store.current()
    nothing = decision.kind == "nothing"
    return Outcome(
        outcome=OUTCOMES[decision.kind],
        version=current,
        parent=current,
        candidate=None if nothing else manifest.version,
        published=True,
        products=manifest.products,
        rejects=decision.catalog.rejects,
        encoded=decision.catalog.encoded,
        manifest=manifest,
        changes={} if decision.changes is None else decision.changes.counts(),
        drift=None if decision.drift is None else decision.drift.to_dict(),
    )
