"""Products and a fitted model become a version of an index, whole or as the difference to another one."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..catalog import REJECTS_FILE, WARNINGS_FILE, catalog_fingerprint, write_rejects
from ..features import EncodedCatalog, EncodedProduct, attribute_columns
from ..model import DRIFT_FILE, Baseline, Model, cluster_label
from ..progress import Advance, Progress
from .changes import Changes
from .costs import COSTS_FILE, Costs
from .filling import predict_missing
from .manifest import Manifest, Step
from .recipe import Recipe
from .stores import Candidate, Point, Reader, Store, Writer

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
) -> Candidate:
    """Write all products of a catalog, placed by a fitted model, as a new version.

    Args:
        store: where.
        model: what places the products.
        catalog: the products.
        recipe: how the model was fitted.
        progress: told about the writing.
        fit_seconds: how long the fit took, kept for the estimates of later runs; 0 where that is not known.

    Raises:
        StoreError: the store cannot be written.
    """
    digests = catalog.digests(catalog)
    manifest = dataclasses.replace(_describe(model, catalog, recipe), catalog_fingerprint=catalog_fingerprint(digests))
    baseline = Baseline.measure(*place_sample(model, catalog))
    with _writing(store.begin(manifest, model, variant="filled" if recipe.fill_missing else "")) as writer:
        begun = time.monotonic()
        with progress.stage("place and write", len(catalog)) as advance:
            sizes = _upsert(writer, model, catalog, catalog.blocks(), recipe.fill_missing, advance)
        fitted = len(catalog) if fit_seconds else 0
        costs = Costs(fitted, fit_seconds, len(catalog), time.monotonic() - begun)
        writer.attach(REJECTS_FILE, write_rejects(catalog.rejects))
        writer.attach(WARNINGS_FILE, write_rejects(catalog.warnings))
        writer.attach(DRIFT_FILE, baseline.to_bytes())
        writer.attach(COSTS_FILE, costs.to_bytes())
        return writer.commit(_counted(manifest, sizes))


def update_version(store: Store, update: Update, recipe: Recipe, progress: Progress) -> Candidate:
    """Apply changes to a version, whose model stays.

    Raises:
        StoreError: the store cannot be read or written.
    """
    reader, model, catalog, changes = update.reader, update.model, update.catalog, update.changes
    old = reader.manifest
    relabelled = [each.item for each in changes.relabelled]
    digests = catalog.digests((*changes.added, *changes.changed, *relabelled))
    manifest = dataclasses.replace(
        _describe(model, catalog, recipe),
        # What fitting found out is not known to a model that was loaded.
        reducer=old.reducer,
        clusterer=old.clusterer,
        parent=reader.version,
        catalog_fingerprint=catalog_fingerprint([*changes.digests, *digests]),
    )
    payloads = catalog.payloads
    kept = [name for name in reader.attachments() if name in (DRIFT_FILE, COSTS_FILE)]
    with _writing(store.begin(manifest, model, parent=reader.version, share=changes.share)) as writer:
        with progress.stage("place and write", len(changes.added) + len(changes.changed)) as advance:
            sizes = _upsert(writer, model, catalog, changes.blocks(), recipe.fill_missing, advance)
        writer.replace_payloads(
            {
                each.item.product.id: payloads.make(each.item.product, each.item.contents, each.cluster)
                for each in changes.relabelled
            }
        )
        writer.delete(changes.removed)
        writer.attach(REJECTS_FILE, write_rejects(catalog.rejects))
        writer.attach(WARNINGS_FILE, write_rejects(catalog.warnings))
        for name in kept:
            writer.attach(name, reader.attachment(name))
        return writer.commit(_counted(manifest, sizes + Counter(changes.clusters)))


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


def _upsert(
    writer: Writer,
    model: Model,
    catalog: EncodedCatalog,
    blocks: Iterator[Sequence[EncodedProduct]],
    fill_missing: bool,
    advance: Advance,
) -> Counter[str]:
    """Place and write products block by block; returns the sizes of their clusters."""
    sizes: Counter[str] = Counter()
    payloads = catalog.payloads
    for block in blocks:
        features = catalog.features.get([item.content for item in block])
        placement = model.place(features, attribute_columns(block, catalog.schema.names))
        clusters = [cluster_label(cluster) for cluster in placement.clusters]
        predicted: Sequence[Mapping[str, str]] = [{}] * len(block)
        if fill_missing:
            predicted = predict_missing(model.reducer, block, features)
        writer.upsert(
            [
                Point(
                    item.product.id,
                    item.product.id,
                    vector,
                    payloads.with_predicted(payloads.make(item.product, item.contents, cluster), values),
                )
                for item, vector, cluster, values in zip(block, placement.vectors, clusters, predicted, strict=True)
            ]
        )
        sizes.update(clusters)
        advance(len(block))
    return sizes


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
        layout=recipe.layout,
        recipe=recipe.kept(),
        catalog=catalog.root,
        rejects=len(catalog.rejects),
    )


def _counted(manifest: Manifest, sizes: Counter[str]) -> Manifest:
    clusters = {name: sizes[name] for name in sorted(sizes, key=lambda name: (len(name), name)) if sizes[name]}
    products = sum(clusters.values())
    return dataclasses.replace(manifest, clusters=clusters, products=products, pictures=products)
