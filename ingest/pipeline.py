"""Wiring only: catalog -> embed -> reduce -> cluster -> upsert -> publish."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .catalog import CatalogOptions, RejectLimit, read_catalog, write_rejects
from .clusterers import CLUSTERERS
from .embed import Embedded, embed
from .embeddings import EmbeddingCache
from .encoders import Encoder
from .errors import CatalogError
from .estimator import unit_rows
from .manifest import Manifest, Step
from .model import EncoderSpec, Model, cluster_label, cluster_sizes
from .product import ATTRIBUTES, Product, Reject
from .progress import Progress, Silent
from .reducers import REDUCERS, Labels
from .stores import Point, Store, Writer

FIT_SAMPLE = 50_000
"""Most vectors that a reducer or clusterer is fitted on; a larger catalog is sampled, then mapped whole."""

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an index is built.

    Attributes:
        reducer: registered name, with `reducer_params` for its constructor.
        clusterer: registered name, with `clusterer_params`.
        batch_size: images that the encoder sees at once.
        reject_limit: when to stop instead of publishing.
        seed: of the fitting sample.
    """

    reducer: str = "pca"
    reducer_params: dict[str, Any] = field(default_factory=lambda: {"n_components": 100})
    clusterer: str = "kmeans"
    clusterer_params: dict[str, Any] = field(default_factory=lambda: {"n_clusters": 10})
    batch_size: int = 32
    reject_limit: RejectLimit = field(default_factory=lambda: RejectLimit.parse("5%"))
    seed: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        version: name of the committed version.
        published: whether searches read it now.
        products: indexed.
        rejects: rows and images that could not be indexed.
        encoded: images that the encoder had to see; 0 when all were in the cache.
    """

    version: str
    published: bool
    products: int
    rejects: list[Reject]
    encoded: int
    manifest: Manifest


def ingest(
    path: Path,
    store: Store,
    encoder: Encoder,
    cache_folder: Path,
    *,
    catalog_options: CatalogOptions | None = None,
    recipe: Recipe | None = None,
    publish: bool = True,
    progress: Progress | None = None,
) -> IngestReport:
    """Index a catalog as a new version and publish it.

    Raises:
        CatalogError: the catalog cannot be read, or no product is left of it.
        TooManyRejectsError: more rejects than the recipe allows; nothing was published.
        StoreError: the store cannot be written, or another process writes to it.
    """
    recipe = recipe or Recipe()
    progress = progress or Silent()
    with progress.stage("read catalog") as advance:
        catalog = read_catalog(path, catalog_options or CatalogOptions())
        advance(len(catalog.products))
    recipe.reject_limit.check(catalog.rejects, catalog.rows)
    cache = EmbeddingCache(cache_folder, encoder.fingerprint, encoder.dim)
    embedded = embed(catalog.products, encoder, cache, batch_size=recipe.batch_size, progress=progress)
    rejects = [*catalog.rejects, *embedded.rejects]
    recipe.reject_limit.check(rejects, catalog.rows)
    if not embedded.products:
        raise CatalogError(f"No product of {catalog.table} can be indexed; see the rejects' reasons.")
    spec = EncoderSpec(encoder.name, encoder.precision, encoder.fingerprint, encoder.dim)
    model = fit(embedded, cache, spec, recipe, progress)
    manifest = write_version(store, model, embedded, cache, rejects, catalog.root, progress)
    if publish:
        store.publish(manifest.version)
    return IngestReport(manifest.version, publish, len(embedded.products), rejects, embedded.encoded, manifest)


def write_version(
    store: Store,
    model: Model,
    embedded: Embedded,
    cache: EmbeddingCache,
    rejects: Sequence[Reject],
    root: Path,
    progress: Progress,
) -> Manifest:
    """Place all products with a fitted model and commit them as a new version, not yet published."""
    vectors, clusters = place(model, embedded.rows, cache, progress)
    manifest = describe(model, embedded, len(rejects), clusters, root)
    writer = store.create_version(manifest, model)
    try:
        upsert(writer, embedded, vectors, clusters, progress)
        writer.attach("rejects.csv", write_rejects(rejects))
        return dataclasses.replace(manifest, version=writer.commit(manifest))
    except BaseException:
        writer.abort()
        raise


def fit(embedded: Embedded, cache: EmbeddingCache, encoder: EncoderSpec, recipe: Recipe, progress: Progress) -> Model:
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
    model: Model, rows: NDArray[np.intp], cache: EmbeddingCache, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Index vectors float32[n, d] and clusters intp[n] of all products, block by block."""
    vectors = np.empty((len(rows), model.reducer.dim), np.float32)
    clusters = np.empty(len(rows), np.intp)
    with progress.stage("reduce and cluster", len(rows)) as advance:
        for start in range(0, len(rows), _BLOCK):
            block = model.reduce(cache.vectors(rows[start : start + _BLOCK]))
            vectors[start : start + _BLOCK] = block
            clusters[start : start + _BLOCK] = model.clusterer.predict(block)
            advance(len(block))
    return vectors, clusters


def upsert(
    writer: Writer,
    embedded: Embedded,
    vectors: NDArray[np.float32],
    clusters: NDArray[np.intp],
    progress: Progress,
) -> None:
    """Write all products, in bounded batches."""
    with progress.stage("upsert", len(vectors)) as advance:
        for start in range(0, len(vectors), _BLOCK):
            stop = min(start + _BLOCK, len(vectors))
            writer.upsert(
                [
                    Point(
                        embedded.products[at].id,
                        vectors[at],
                        payload(embedded.products[at], embedded.contents[at], cluster_label(clusters[at])),
                    )
                    for at in range(start, stop)
                ]
            )
            advance(stop - start)


def payload(product: Product, content: str, cluster: str) -> dict[str, Any]:
    """What the index keeps of a product besides its vector."""
    return {
        "id": product.id,
        **product.attributes,
        "image": product.image_name,
        "cluster": cluster,
        "content": content,
    }


def describe(model: Model, embedded: Embedded, rejects: int, clusters: NDArray[np.intp], root: Path) -> Manifest:
    """The manifest of the version about to be written; `root` is the catalog's folder."""
    reducer, clusterer = model.reducer, model.clusterer
    return Manifest(
        encoder=model.encoder.name,
        encoder_fingerprint=model.encoder.fingerprint,
        features=model.encoder.dim,
        reducer=Step(reducer.name, reducer.params(), reducer.info()),
        clusterer=Step(clusterer.name, clusterer.params(), clusterer.info()),
        dim=reducer.dim,
        model_hash=model.hash,
        catalog=str(root.resolve()),
        catalog_fingerprint=fingerprint(embedded),
        products=len(embedded.products),
        rejects=rejects,
        clusters=cluster_sizes(clusters),
    )


def fingerprint(embedded: Embedded) -> str:
    """SHA-256 over ids, attributes, image names and image contents: equal for equal catalogs, in any order."""
    lines = sorted(
        json.dumps([product.id, dict(product.attributes), product.image_name, content], sort_keys=True)
        for product, content in zip(embedded.products, embedded.contents, strict=True)
    )
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
