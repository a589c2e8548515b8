"""The steps that runs are made of: what is there, how it is built, fitting, deciding, judging and publishing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from .catalog import OURS, Schema, check_category, check_scored
from .decision import Decision, decide
from .encoders import AUTO, Encoder, new_encoder, open_encoder
from .errors import IncompatibleError, ParameterError, StoreError
from .feasible import FIT_SAMPLE
from .features import EncodedCatalog, attribute_columns
from .index import Candidate, Manifest, Reader, Recipe, apply_options
from .job import OUTCOMES, Job, Judge, Outcome, Rules
from .model import Model, fit_model, held_back
from .progress import Progress


@contextmanager
def current(job: Job) -> Iterator[Reader | None]:
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


def resolve(job: Job, reader: Reader | None, progress: Progress) -> tuple[Recipe, Encoder]:
    """The recipe of this run, and its encoder."""
    saved = None if reader is None else Recipe.from_manifest(reader.manifest)
    recipe = job.recipe if isinstance(job.recipe, Recipe) else apply_options(saved, job.recipe)
    if recipe.precision == AUTO and saved is not None:
        # Chosen once: tomorrow's machine, or an extra that is installed, makes no other index of it.
        recipe = dataclasses.replace(recipe, precision=saved.precision)
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
    return recipe, new_encoder(recipe.encoder, recipe.precision, weights_file=job.weights, progress=progress)


def check(recipe: Recipe, encoder: Encoder, reader: Reader | None, rules: Rules) -> bool:
    """Whether the recipe is another one than the index's; what cannot work is refused before anything is encoded."""
    recipe.new_reducer()
    recipe.new_clusterer()
    if reader is not None:
        check_asked(recipe, Recipe.from_manifest(reader.manifest), reader.manifest.schema)
    changed = reader is not None and not recipe.matches(reader.manifest, encoder.spec)
    if reader is not None and changed and rules.refit == "never":
        raise ParameterError(
            f"{reader.version} was built another way than the options ask for, and --refit never forbids to change "
            "that. Leave out the options, or allow a refit."
        )
    return changed


def check_asked(recipe: Recipe, saved: Recipe, schema: Schema) -> None:
    """Do nothing where what is newly asked to be scored, learned or grouped by can be, as far as the index knows.

    Raises:
        ParameterError: a column of a type that cannot.
    """
    reading = recipe.reading
    known = [name for name in schema.names if name not in dict(reading.types)]
    if reading.attributes != saved.reading.attributes:
        check_scored([name for name in reading.attributes if name in known], schema)
    if reading.category != saved.reading.category and reading.category in known:
        check_category(reading.category, schema)
    learned = recipe.asked_to_learn(schema)
    check_scored([name for name in learned if name in known and name not in saved.asked_to_learn(schema)], schema)


def fit(catalog: EncodedCatalog, recipe: Recipe, progress: Progress) -> Model:
    """Fit the recipe's reducer and clusterer on a catalog, or on a seeded sample of a large one.

    What learns attributes does not look at a small part of the products, of which its quality can be asked; they are
    indexed like all others. Numbers of components and clusters that nobody asked for are lowered to what the catalog
    allows.

    Raises:
        ParameterError: parameters that the catalog does not allow, such as more components than products.
    """
    reducer = recipe.new_reducer(catalog.schema.role("learned"))
    bound = held_back(item.content for item in catalog) if reducer.learns_attributes else ""
    fitted = catalog.where(lambda item: item.content > bound) if bound else catalog
    sample = fitted.sample(FIT_SAMPLE, recipe.seed)
    return fit_model(
        catalog.encoder,
        catalog.features.get([item.content for item in sample]),
        attribute_columns(sample, recipe.learned(catalog.schema)),
        reducer,
        recipe.new_clusterer(),
        progress,
        bound,
        recipe.free,
    )


def decide_on(
    reader: Reader | None,
    catalog: EncodedCatalog,
    recipe: Recipe,
    changed: bool,
    rules: Rules,
    progress: Progress,
    encoded: EncodedCatalog | None = None,
) -> Decision:
    """What is due under the rules; see `decide`."""
    if reader is None:
        return Decision("fit", catalog)
    with progress.stage("compare"):
        return decide(
            reader,
            catalog,
            fit=changed or rules.refit == "always",
            fit_on_drift=rules.refit == "drift",
            rewrite=not recipe.keeps(reader.manifest) or catalog.schema != reader.manifest.schema,
            rewrite_all=_keys(catalog.schema) != _keys(reader.manifest.schema),
            prune_missing=rules.prune_missing,
            encoded=encoded,
        )


def _keys(schema: Schema) -> list[str]:
    return [schema.key(ours) for ours in OURS]


def publish(
    job: Job, reader: Reader | None, candidate: Candidate, decision: Decision, judge: Judge | None, progress: Progress
) -> Outcome:
    """Judge a candidate; publish it, or leave searches as they are."""
    verdict = None
    if judge is not None:
        with progress.stage("judge"):
            verdict = judge.verdict(reader, candidate, decision)
    outcome = dataclasses.replace(outcome_of(job, candidate.manifest, decision, reader), verdict=verdict)
    if verdict is not None and not verdict.passed:
        return dataclasses.replace(outcome, outcome="refused", published=False)
    if not job.rules.publish:
        return dataclasses.replace(outcome, published=False)
    candidate.publish()
    return dataclasses.replace(outcome, version=candidate.version)


def outcome_of(job: Job, manifest: Manifest, decision: Decision, before: Reader | None = None) -> Outcome:
    """What a run did, as far as it is known before the verdict; `before` is the version that searches read."""
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
        warnings=decision.catalog.warnings,
        recognised=decision.catalog.recognised,
        stale=decision.catalog.stale,
        schema_changes={} if before is None else manifest.schema.changes_from(before.manifest.schema),
        manifest=manifest,
        changes={} if decision.changes is None else decision.changes.counts(),
        drift=None if decision.drift is None else decision.drift.to_dict(),
    )
