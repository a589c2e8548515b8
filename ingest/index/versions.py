"""From products and a model to a version: fit, place, describe, write."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..catalog.payloads import digest, fingerprint, payload
from ..catalog.product import ATTRIBUTES, Product, Reject
from ..catalog.rejects import write_rejects
from ..features.cache import Features
from ..features.encode import Embedded
from ..model.clusterers import CLUSTERERS
from ..model.drift import ATTACHMENT, Baseline
from ..model.estimator import unit_rows
from ..model.model import EncoderSpec, Model, cluster_label, cluster_sizes
from ..model.reducers import REDUCERS, Labels
from ..progress import Progress
from .changes import Changes
from .filling import Filled, fill, with_filled
from .manifest import Manifest, Step
from .recipe import Recipe
from .stores import Point, Store, Writer

FIT_SAMPLE = 50_000
"""Most vectors that a reducer or clusterer is fitted on; a larger catalog is sampled, then mapped whole."""

BASELINE_SAMPLE = 5_000
"""Products that describe the catalog at fit time, for the drift report."""

_BLOCK = 4096


def fit(embedded: Embedded, cache: Features, encoder: EncoderSpec, recipe: Recipe, progress: Progress) -> Model:
    """Fit the recipe's reducer and clusterer on the catalog, or on a seeded sample of a large one."""
    chosen = np.arange(len(embedded.rows))
    if len(chosen) > FIT_SAMPLE:
        chosen = np.sort(np.random.default_rng(recipe.seed).choice(chosen, FIT_SAMPLE, replace=False))
    features = cache.vectors(embedded.rows[chosen])
    reducer = REDUCERS.create(recipe.reducer, **recipe.reducer_params)
    clusterer = CLUSTERERS.create(recipe.clusterer, **recipe.clusterer_params)
    with progress.stage(f"fit {recipe.reducer}"):
        reducer.fit(features, labels([embedded.products[at] for at in chosen]))
    with progress.stage(f"fit {recipe.clusterer}"):
        clusterer.fit(unit_rows(np.ascontiguousarray(reducer.transform(features))))
    return Model(encoder, reducer, clusterer)


def labels(products: Sequence[Product]) -> Labels:
    """Attribute to array of n strings, empty where a product lacks it."""
    return {
        name: np.array([product.attributes.get(name, "") for product in products], dtype=np.str_) for name in ATTRIBUTES
    }


def place(
    model: Model,
    rows: NDArray[np.intp],
    cache: Features,
    progress: Progress,
    products: Sequence[Product] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Stored vectors float32[n, width] and clusters intp[n], block by block; `products` are those of the rows."""
    vectors = np.empty((len(rows), model.reducer.width), np.float32)
    clusters = np.empty(len(rows), np.intp)
    with progress.stage("reduce and cluster", len(rows)) as advance:
        for start in range(0, len(rows), _BLOCK):
            known = None if products is None else labels(products[start : start + _BLOCK])
            block = model.place(cache.vectors(rows[start : start + _BLOCK]), known)
            vectors[start : start + _BLOCK] = block
            look = np.ascontiguousarray(block[:, : model.reducer.dim])
            clusters[start : start + _BLOCK] = model.clusterer.predict(look)
            advance(len(block))
    return vectors, clusters


def write_version(
    store: Store,
    model: Model,
    embedded: Embedded,
    cache: Features,
    rejects: Sequence[Reject],
    root: Path,
    progress: Progress,
    *,
    fill_missing: bool = False,
) -> Manifest:
    """Place all products with a fitted model and commit them as a new version, not yet published."""
    vectors, clusters = place(model, embedded.rows, cache, progress, embedded.products)
    digests = [
        digest(payload(product, content, ""))
        for product, content in zip(embedded.products, embedded.contents, strict=True)
    ]
    manifest = describe(model, fingerprint(digests), len(rejects), cluster_sizes(clusters), root)
    look = vectors[:, : manifest.dim]
    baseline = Baseline.measure(*_sample(embedded, cache, look, clusters))
    writer = store.create_version(manifest, model, variant="filled" if fill_missing else "")
    try:
        everything = np.arange(len(vectors))
        filled = fill(model, embedded, cache, everything) if fill_missing else {}
        upsert(writer, embedded, everything, vectors, clusters, filled, progress)
        writer.attach("rejects.csv", write_rejects(rejects))
        writer.attach(ATTACHMENT, baseline.to_bytes())
        return dataclasses.replace(manifest, version=writer.commit(manifest))
    except BaseException:
        writer.abort()
        raise


def update_version(
    store: Store,
    parent: str,
    model: Model,
    changes: Changes,
    embedded: Embedded,
    cache: Features,
    rejects: Sequence[Reject],
    root: Path,
    progress: Progress,
    *,
    in_place: bool,
    provisional: bool = False,
    fill_missing: bool = False,
) -> Manifest:
    """Apply changes to a version with its own model: to a copy of it, not yet published, or `in_place`.

    What is done in place and `provisional` can be taken back until it is settled.
    """
    with store.open(parent) as reader:
        old, baseline = reader.manifest, _attached(reader.attachments(), ATTACHMENT, reader.attachment)
    moved = np.array(changes.moved, dtype=np.intp)
    products = [embedded.products[at] for at in moved]
    vectors, clusters = place(model, embedded.rows[moved], cache, progress, products)
    sizes = changes.clusters + Counter(cluster_label(cluster) for cluster in clusters)
    fresh = [*changes.moved, *changes.relabelled]
    digests = [digest(payload(embedded.products[at], embedded.contents[at], "")) for at in fresh]
    manifest = dataclasses.replace(
        describe(model, fingerprint([*changes.digests, *digests]), len(rejects), _by_label(sizes), root),
        reducer=old.reducer,
        clusterer=old.clusterer,
        parent=old.parent if in_place else parent,
    )
    if in_place:
        touched = [*(embedded.products[at].id for at in fresh), *changes.removed]
        writer = store.amend(parent, touched=touched if provisional else None)
    else:
        writer = store.create_version(manifest, model, parent=parent)
    try:
        filled = fill(model, embedded, cache, moved) if fill_missing else {}
        upsert(writer, embedded, moved, vectors, clusters, filled, progress)
        writer.replace_payloads(
            {
                embedded.products[at].id: payload(embedded.products[at], embedded.contents[at], changes.labels[at])
                for at in changes.relabelled
            }
        )
        writer.delete(changes.removed)
        writer.attach("rejects.csv", write_rejects(rejects))
        if baseline is not None:
            writer.attach(ATTACHMENT, baseline)
        return dataclasses.replace(manifest, version=writer.commit(manifest))
    except BaseException:
        writer.abort()
        raise


def upsert(
    writer: Writer,
    embedded: Embedded,
    positions: NDArray[np.intp],
    vectors: NDArray[np.float32],
    clusters: NDArray[np.intp],
    filled: Filled,
    progress: Progress,
) -> None:
    """Write the products at these positions, in bounded batches; `vectors` and `clusters` are theirs, in order."""
    with progress.stage("upsert", len(vectors)) as advance:
        for start in range(0, len(vectors), _BLOCK):
            stop = min(start + _BLOCK, len(vectors))
            writer.upsert(
                [
                    Point(
                        embedded.products[at].id,
                        vectors[row],
                        with_filled(
                            payload(embedded.products[at], embedded.contents[at], cluster_label(clusters[row])),
                            filled.get(int(at)),
                        ),
                    )
                    for row, at in enumerate(positions[start:stop], start=start)
                ]
            )
            advance(stop - start)


def describe(model: Model, catalog_fingerprint: str, rejects: int, clusters: Mapping[str, int], root: Path) -> Manifest:
    """The manifest of the version about to be written; `root` is the catalog's folder."""
    reducer, clusterer = model.reducer, model.clusterer
    return Manifest(
        encoder=model.encoder.name,
        encoder_fingerprint=model.encoder.fingerprint,
        features=model.encoder.dim,
        reducer=Step(reducer.name, reducer.params(), reducer.info()),
        clusterer=Step(clusterer.name, clusterer.params(), clusterer.info()),
        dim=reducer.dim,
        width=reducer.width,
        distance=reducer.distance,
        model_hash=model.hash,
        catalog=str(root.resolve()),
        catalog_fingerprint=catalog_fingerprint,
        products=sum(clusters.values()),
        rejects=rejects,
        clusters=dict(clusters),
    )


def _by_label(sizes: Counter[str]) -> dict[str, int]:
    return {label: count for label, count in sorted(sizes.items(), key=lambda item: (len(item[0]), item[0])) if count}


def _sample(
    embedded: Embedded, cache: Features, vectors: NDArray[np.float32], clusters: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Features, index vectors and clusters of a bounded, evenly spread sample."""
    step = max(1, len(vectors) // BASELINE_SAMPLE)
    return cache.vectors(embedded.rows[::step]), vectors[::step], clusters[::step]


def _attached(names: Sequence[str], name: str, read: Callable[[str], bytes]) -> bytes | None:
    return read(name) if name in names else None
