"""Single products, now: bring some of the catalog's into an index, or take some out of it.

Each is a version of its own, made by the model that is there, and undone by a rollback. What else differs between
catalog and index stays for the next run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from .catalog import REJECTS_FILE, WARNINGS_FILE, Reject, RejectLimit, read_rejects
from .decision import Decision
from .errors import NotFoundError, ParameterError
from .features import EncodedCatalog, FeatureCache
from .index import Reader, Recipe, Store, Update, find_changes, picture_source, update_version
from .job import Job, Outcome, Rules
from .preparing import encode, read_for
from .progress import Progress, Silent
from .spool import Chained
from .stages import check, current, outcome_of, publish, resolve
from .waiting import exclusive

NO_REJECTS = RejectLimit(count=0)


def update_products(job: Job, ids: Collection[str], progress: Progress | None = None) -> Outcome:
    """Add or change the products of a catalog that have these ids, and no others.

    Raises:
        NotFoundError: nothing is published yet, or the catalog has no product with one of the ids.
        CatalogError: the catalog cannot be read.
        TooManyRejectsError: one of the products cannot be indexed.
        IncompatibleError: the index needs an encoder that is not here.
        StoreError: as `run`.
    """
    progress = progress or Silent()
    rules = dataclasses.replace(job.rules, refit="never", reject_limit=NO_REJECTS)
    job = dataclasses.replace(job, rules=rules)
    with _writing(job, progress) as reader:
        recipe, encoder = resolve(job, reader, progress)
        check(recipe, encoder, reader, rules)
        with progress.stage("read catalog") as advance:
            catalog = read_for(job.catalog, recipe, reader.manifest).only(ids)
            advance(len(catalog.products))
        found = {product.id for product in catalog.products} | {reject.id for reject in catalog.rejects}
        _all_there(ids, found, f"{catalog.table} has no row")
        NO_REJECTS.check(catalog.rejects, catalog.rows)
        encoded = encode(catalog, encoder, job.features, rules, progress)
        rejects = [each for each in _noted(reader, REJECTS_FILE) if each.id not in found]
        warnings = [each for each in _noted(reader, WARNINGS_FILE) if each.id not in found]
        whole = dataclasses.replace(encoded, rejects=rejects, warnings=Chained(warnings, encoded.warnings))
        return _apply(job, reader, whole, (), progress)


def remove_products(
    store: Store, ids: Collection[str], rules: Rules | None = None, progress: Progress | None = None
) -> Outcome:
    """Take the products with these ids out of an index.

    A run with a catalog that still has them brings them back.

    Raises:
        NotFoundError: nothing is published yet, or the index has no product with one of the ids.
        ParameterError: no product would be left.
        StoreError: as `run`.
    """
    progress = progress or Silent()
    job = Job(Path(), store, rules=rules or Rules())
    with _writing(job, progress) as reader:
        asked = list(dict.fromkeys(ids))
        found = {each for each, record in zip(asked, reader.retrieve(asked), strict=True) if record is not None}
        _all_there(ids, found, f"{reader.version} has no product")
        manifest = reader.manifest
        if len(found) >= manifest.products:
            raise ParameterError(f"No product would be left of {manifest.products}; delete the index instead.")
        nothing = EncodedCatalog(
            (),
            FeatureCache(job.features, manifest.encoder, create=False),
            manifest.encoder,
            manifest.schema,
            picture_source(manifest),
            manifest.catalog,
            _noted(reader, REJECTS_FILE),
            warnings=_noted(reader, WARNINGS_FILE),
        )
        return _apply(job, reader, nothing, found, progress)


def _apply(job: Job, reader: Reader, catalog: EncodedCatalog, removed: Collection[str], progress: Progress) -> Outcome:
    with progress.stage("compare"):
        found = find_changes(reader, catalog, removes=removed.__contains__)
    # The products that nobody named are not missed.
    changes = dataclasses.replace(found, missing=(), unchanged=found.unchanged + len(found.missing))
    if catalog.several > reader.manifest.several:
        raise ParameterError(
            f"A product has several pictures, and {reader.version} holds one a product: run `likewise reindex` once."
        )
    if not changes.any:
        return outcome_of(job, reader.manifest, Decision("nothing", catalog, changes))
    decision = Decision("update", catalog, changes, reader.model())
    update = Update(reader, reader.model(), catalog, changes)
    candidate = update_version(job.store, update, Recipe.from_manifest(reader.manifest), progress)
    return publish(job, reader, candidate, decision, None, progress)


@contextmanager
def _writing(job: Job, progress: Progress) -> Iterator[Reader]:
    with exclusive(job, progress), current(job) as reader:
        if reader is None:
            raise NotFoundError(f"Nothing is published in {job.store.where} yet; run `likewise ingest` first.")
        yield reader


def _all_there(ids: Collection[str], found: Collection[str], what: str) -> None:
    lacking = [each for each in ids if each not in found]
    if not lacking:
        return
    more = f" and {len(lacking) - 1:,} others" if len(lacking) > 1 else ""
    raise NotFoundError(f"{what} with the id {lacking[0]!r}{more}; nothing was changed.")


def _noted(reader: Reader, name: str) -> list[Reject]:
    """The rejects or warnings of the version, which stay what they were for all other products."""
    return read_rejects(reader.attachment(name)) if name in reader.attachments() else []
