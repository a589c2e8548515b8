"""Wiring only: catalog -> embed -> compare with the index -> update it, or fit and write a new version -> publish."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .catalog.payloads import given
from .catalog.product import ATTRIBUTES, Product, Reject
from .catalog.reader import CatalogOptions, read_catalog
from .encoders.base import Encoder
from .encoders.spec import EncoderSpec
from .errors import CatalogError
from .features.cache import FeatureCache
from .features.encode import Embedded, embed
from .index.changes import Changes, compare
from .index.manifest import Manifest
from .index.recipe import Recipe
from .index.stores import Reader, Record, Store
from .index.versions import BASELINE_SAMPLE, fit, place, update_version, write_version
from .model.drift import ATTACHMENT, Baseline, DriftReport
from .model.model import Model
from .model.reducers import REDUCERS
from .progress import Progress, Silent

__all__ = ["IngestReport", "Prepared", "Recipe", "ingest", "prepare"]

IN_PLACE_SHARE = 0.2
"""Most of an index that is changed in place; beyond, a new version is written beside it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A catalog, read and embedded: all that fitting, comparing and writing need.

    Attributes:
        embedded: the usable products.
        rejects: the others, rows and images.
        rows: number of rows of the catalog.
        root: folder that the image names are relative to.
    """

    embedded: Embedded
    cache: FeatureCache
    rejects: list[Reject]
    rows: int
    root: Path
    encoder: EncoderSpec


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        outcome: `nothing` to do, `updated` with the model that was there, or `fitted` anew.
        version: name of the version that holds the catalog.
        published: whether searches read it now.
        products: indexed.
        rejects: rows and images that could not be indexed.
        encoded: images that the encoder had to see; 0 when all were in the cache.
        changes: what differed, None for a new fit.
        drift: how far the catalog has moved from the model, None for a new fit.
    """

    outcome: str
    version: str
    published: bool
    products: int
    rejects: list[Reject]
    encoded: int
    manifest: Manifest
    changes: Changes | None = field(default=None, repr=False)
    drift: DriftReport | None = None


def ingest(
    path: Path,
    store: Store,
    encoder: Encoder,
    cache_folder: Path,
    *,
    catalog_options: CatalogOptions | None = None,
    recipe: Recipe | None = None,
    publish: bool = True,
    prune_missing: bool = False,
    refit: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Index a catalog and publish it.

    An index that the same recipe made is updated: only what differs is written, and its model stays. Otherwise,
    or with `refit`, a model is fitted to the catalog and a new version written.

    Args:
        path: a folder with styles.csv and images/, or a .csv or .parquet table.
        store: where the index lives.
        encoder: images to features.
        cache_folder: of the embedding cache.
        catalog_options: how to read the catalog.
        recipe: how to build the index.
        publish: let searches read the result.
        prune_missing: remove products that the catalog no longer has.
        refit: fit a new model in any case.
        progress: told about the stages.

    Raises:
        CatalogError: the catalog cannot be read, or no product is left of it.
        TooManyRejectsError: more rejects than the recipe allows; nothing was published.
        StoreError: the store cannot be written, or another process writes to it.
    """
    recipe = recipe or Recipe()
    progress = progress or Silent()
    # From the comparison to the publish, nobody else may change what was compared.
    with store.exclusive():
        prepared = prepare(path, encoder, cache_folder, catalog_options, recipe, progress)
        return _write(store, prepared, recipe, publish, prune_missing, refit, progress)


def _write(
    store: Store,
    prepared: Prepared,
    recipe: Recipe,
    publish: bool,
    prune_missing: bool,
    refit: bool,
    progress: Progress,
) -> IngestReport:
    current = store.current()
    if current is not None:
        # What a killed reindex left without a verdict is nothing to go on from.
        store.take_back(current)
        with store.open(current) as reader:
            with progress.stage("compare"):
                changes = differences(reader, prepared, prune=prune_missing)
            if not refit and recipe.made(reader.manifest, prepared.encoder.fingerprint):
                return _update(store, reader, prepared, changes, recipe, publish, progress)
            prepared = carry(reader, prepared, changes.missing)
    manifest = refitted(store, prepared, recipe, progress)
    if publish:
        store.publish(manifest.version)
    return IngestReport(
        "fitted",
        manifest.version,
        publish,
        manifest.products,
        prepared.rejects,
        prepared.embedded.encoded,
        manifest,
    )


def prepare(
    path: Path,
    encoder: Encoder,
    cache_folder: Path,
    catalog_options: CatalogOptions | None,
    recipe: Recipe,
    progress: Progress,
) -> Prepared:
    """Read a catalog and bring the features of all its images into the cache."""
    with progress.stage("read catalog") as advance:
        catalog = read_catalog(path, catalog_options or CatalogOptions())
        advance(len(catalog.products))
    recipe.reject_limit.check(catalog.rejects, catalog.rows)
    cache = FeatureCache(cache_folder, encoder.fingerprint, encoder.dim)
    embedded = embed(catalog.products, encoder, cache, batch_size=recipe.batch_size, progress=progress)
    rejects = [*catalog.rejects, *embedded.rejects]
    recipe.reject_limit.check(rejects, catalog.rows)
    if not embedded.products:
        raise CatalogError(f"No product of {catalog.table} can be indexed; see the rejects' reasons.")
    spec = EncoderSpec(encoder.name, encoder.precision, encoder.fingerprint, encoder.dim)
    return Prepared(embedded, cache, rejects, catalog.rows, catalog.root, spec)


def refitted(store: Store, prepared: Prepared, recipe: Recipe, progress: Progress) -> Manifest:
    """Fit a model and write a version with it, not yet published."""
    model = fit(prepared.embedded, prepared.cache, prepared.encoder, recipe, progress)
    return write_version(
        store,
        model,
        prepared.embedded,
        prepared.cache,
        prepared.rejects,
        prepared.root,
        progress,
        fill_missing=recipe.fill_missing,
    )


def updated(
    store: Store,
    reader: Reader,
    model: Model,
    prepared: Prepared,
    changes: Changes,
    progress: Progress,
    *,
    in_place: bool = True,
    provisional: bool = False,
    fill_missing: bool = False,
) -> Manifest:
    """Apply changes to the version of `reader`: in place where allowed, possible and little changed, else to a copy.

    What is done in place and `provisional` can be taken back until it is settled.
    """
    in_place = in_place and store.in_place and changes.share <= IN_PLACE_SHARE
    return update_version(
        store,
        reader.version,
        model,
        changes,
        prepared.embedded,
        prepared.cache,
        prepared.rejects,
        prepared.root,
        progress,
        in_place=in_place,
        provisional=provisional,
        fill_missing=fill_missing,
    )


def differences(reader: Reader, prepared: Prepared, *, prune: bool) -> Changes:
    """What differs between a version and a catalog; broken rows never remove a product."""
    broken = {reject.id for reject in prepared.rejects}
    in_vector = REDUCERS[reader.manifest.reducer.name].uses_labels
    return compare(reader, prepared.embedded, prune=prune, keep=broken, in_vector=in_vector)


def carry(reader: Reader, prepared: Prepared, missing: Sequence[str]) -> Prepared:
    """Add products that the catalog does not have but the index keeps, with their features from the cache.

    Raises:
        CatalogError: features of some are not in the cache: another encoder, or another machine's cache.
    """
    records = [record for record in reader.retrieve(missing) if record is not None] if missing else []
    contents = [str(record.payload["content"]) for record in records]
    rows = prepared.cache.lookup([bytes.fromhex(content) for content in contents])
    if (rows < 0).any():
        raise CatalogError(
            f"{int((rows < 0).sum())} products of {reader.version} are not in this catalog, such as "
            f"{records[int(np.argmin(rows))].id}, and a refit needs their images. Give a catalog that has them, or "
            "--prune-missing to drop them."
        )
    old = prepared.embedded
    products = [_product(record, prepared.root) for record in records]
    embedded = dataclasses.replace(
        old,
        products=[*old.products, *products],
        contents=[*old.contents, *contents],
        rows=np.concatenate([old.rows, rows]),
    )
    return dataclasses.replace(prepared, embedded=embedded)


def _product(record: Record, root: Path) -> Product:
    payload = given(record.payload)
    image = str(payload.get("image", ""))
    attributes = {name: payload[name] for name in ATTRIBUTES if name in payload}
    return Product(record.id, root / image, image, attributes, "", 0)


def drift(reader: Reader, model: Model, prepared: Prepared) -> DriftReport | None:
    """How far the catalog has moved from the model of a version; None for one without a baseline."""
    if ATTACHMENT not in reader.attachments():
        return None
    baseline = Baseline.from_bytes(reader.attachment(ATTACHMENT))
    rows = prepared.embedded.rows[:: max(1, len(prepared.embedded.rows) // BASELINE_SAMPLE)]
    vectors, clusters = place(model, rows, prepared.cache, Silent())
    return baseline.compare(prepared.cache.vectors(rows), vectors[:, : reader.manifest.dim], clusters)


def _update(
    store: Store,
    reader: Reader,
    prepared: Prepared,
    changes: Changes,
    recipe: Recipe,
    publish: bool,
    progress: Progress,
) -> IngestReport:
    encoded = prepared.embedded.encoded
    if not changes.any and not reader.unfinished:
        return IngestReport(
            "nothing",
            reader.version,
            True,
            reader.manifest.products,
            prepared.rejects,
            encoded,
            reader.manifest,
            changes,
        )
    model = reader.model()
    moved = drift(reader, model, prepared)
    # What must not be published yet cannot be written in place.
    manifest = updated(
        store, reader, model, prepared, changes, progress, in_place=publish, fill_missing=recipe.fill_missing
    )
    now = publish or manifest.version == reader.version
    if publish and manifest.version != reader.version:
        store.publish(manifest.version)
    return IngestReport(
        "updated", manifest.version, now, manifest.products, prepared.rejects, encoded, manifest, changes, moved
    )
