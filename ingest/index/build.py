"""Products and a fitted model become a version of an index, whole or as the difference to another one."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..catalog import REJECTS_FILE, WARNINGS_FILE, catalog_fingerprint, count_reasons, write_rejects
from ..features import BLOCK, EncodedCatalog
from ..model import DRIFT_FILE, MAP_FILE, Baseline, Model, ProductMap
from ..progress import Progress
from .changes import Changes
from .costs import COSTS_FILE, Costs
from .manifest import Manifest, Step
from .placing import Counts, place
from .recipe import Recipe
from .stores import Candidate, Reader, Store, Writer

DRIFT_SAMPLE = 5_000
"""Products that describe a catalog for the drift report."""


@dataclass(frozen=True, slots=True)
class Update:
    """The difference between a version and a catalog, and what it is written with.

    Attributes:
        reader: the version.
        model: its own.
        catalog: today's products.
        changes: what differs.
    """

    reader: Reader
    model: Model
    catalog: EncodedCatalog
    changes: Changes


def build_version(
    store: Store,
    model: Model,
    catalog: EncodedCatalog,
    recipe: Recipe,
    progress: Progress,
    *,
    fit_seconds: float = 0.0,
    fitted: Manifest | None = None,
    with_map: bool = True,
) -> Candidate:
    """Write all products of a catalog, placed by a fitted model, as a new version.

    Args:
        store: where.
        model: what places the products.
        catalog: the products.
        recipe: how the model was fitted.
        progress: told about the writing.
        fit_seconds: how long the fit took, kept for the estimates of later runs; 0 where that is not known.
        fitted: of the version that the model was fitted for, unless it is this one: what fitting found out is not
            known to a model that was loaded.
        with_map: whether the version gets a map for people to look at, which takes some seconds.

    Raises:
        StoreError: the store cannot be written.
    """
    digests = catalog.digests(catalog)
    manifest = dataclasses.replace(_describe(model, catalog, recipe), catalog_fingerprint=catalog_fingerprint(digests))
    if fitted is not None:
        manifest = dataclasses.replace(manifest, reducer=fitted.reducer, clusterer=fitted.clusterer)
    described = place_sample(model, catalog)
    files = {DRIFT_FILE: Baseline.measure(*described).to_bytes()}
    if with_map:
        with progress.stage("draw the map", 1) as advance:
            files[MAP_FILE] = ProductMap.fit(described[1], seed=recipe.seed).to_bytes()
            advance(1)
    # How many there will be, a store may want to know before the first comes.
    expected = dataclasses.replace(manifest, products=len(catalog))
    with _writing(store.begin(expected, model, variant="filled" if recipe.fill_missing else "")) as writer:
        begun = time.monotonic()
        with progress.stage("place and write", len(catalog)) as advance:
            counts = place(
                writer, model, catalog, catalog.blocks(), manifest, fill_missing=recipe.fill_missing, advance=advance
            )
        costs = Costs(len(catalog) if fit_seconds else 0, fit_seconds, len(catalog), time.monotonic() - begun)
        writer.attach(REJECTS_FILE, write_rejects(catalog.rejects))
        writer.attach(WARNINGS_FILE, write_rejects(catalog.warnings))
        files[COSTS_FILE] = costs.to_bytes()
        for name, content in files.items():
            writer.attach(name, content)
        return writer.commit(_counted(manifest, counts))


def update_version(store: Store, update: Update, recipe: Recipe, progress: Progress) -> Candidate:
    """Apply changes to a version, whose model stays.

    Raises:
        StoreError: the store cannot be read or written.
    """
    reader, model, catalog, changes = update.reader, update.model, update.catalog, update.changes
    old = reader.manifest
    relabelled = (each.item for each in changes.relabelled)
    digests = catalog.digests(chain(changes.added, changes.changed, relabelled))
    manifest = dataclasses.replace(
        _describe(model, catalog, recipe),
        several=old.several,
        reducer=old.reducer,
        clusterer=old.clusterer,
        parent=reader.version,
        catalog_fingerprint=catalog_fingerprint(chain(changes.digests, digests)),
    )
    payloads = catalog.payloads
    kept = [name for name in reader.attachments() if name in (DRIFT_FILE, MAP_FILE, COSTS_FILE)]
    with _writing(store.begin(manifest, model, parent=reader.version, share=changes.share)) as writer:
        with progress.stage("place and write", len(changes.added) + len(changes.changed)) as advance:
            counts = place(
                writer, model, catalog, changes.blocks(), manifest, fill_missing=recipe.fill_missing, advance=advance
            )
        left = (
            (each.item.product.id, payloads.make(each.item.product, each.item.contents, each.cluster))
            for each in changes.relabelled
        )
        while block := dict(islice(left, BLOCK)):
            writer.replace_payloads(block)
        writer.delete(changes.removed)
        writer.attach(REJECTS_FILE, write_rejects(catalog.rejects))
        writer.attach(WARNINGS_FILE, write_rejects(catalog.warnings))
        for name in kept:
            writer.attach(name, reader.attachment(name))
        return writer.commit(_counted(manifest, counts + changes.placed))


def place_sample(model: Model, catalog: EncodedCatalog) -> tuple[Float, Float, NDArray[np.intp]]:
    """An evenly spread sample of a catalog, as the drift report compares it with another day's.

    Returns:
        Features float32[n, D], index vectors float32[n, index_dim] and clusters intp[n].
    """
    features = catalog.features.get([item.content for item in catalog.spread(DRIFT_SAMPLE)])
    # Without attributes: they shape neither the index vectors nor the clusters.
    placement = model.place(features)
    return features, np.ascontiguousarray(placement.vectors[:, : model.reducer.index_dim]), placement.clusters


@contextmanager
def _writing(writer: Writer) -> Iterator[Writer]:
    try:
        yield writer
    except BaseException:
        writer.abort()
        raise


def _describe(model: Model, catalog: EncodedCatalog, recipe: Recipe) -> Manifest:
    """The manifest of a version that is about to be written, without its counts."""
    reducer, clusterer = model.reducer, model.clusterer
    return Manifest(
        encoder=model.encoder,
        reducer=Step(reducer.name, reducer.params(), reducer.info()),
        clusterer=Step(clusterer.name, clusterer.params(), clusterer.info()),
        index_dim=reducer.index_dim,
        vector_dim=reducer.vector_dim,
        distance=reducer.distance,
        capabilities=model.capabilities,
        model_hash=model.hash,
        schema=catalog.schema,
        several=catalog.several,
        layout=recipe.layout,
        recipe=recipe.kept(),
        catalog=catalog.root,
        rejects=count_reasons(catalog.rejects).total(),
    )


def _counted(manifest: Manifest, counts: Counts) -> Manifest:
    names = sorted(counts.clusters, key=lambda name: (len(name), name))
    clusters = {name: counts.clusters[name] for name in names if counts.clusters[name]}
    return dataclasses.replace(manifest, clusters=clusters, products=counts.products, pictures=counts.pictures)
