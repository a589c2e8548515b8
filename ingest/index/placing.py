"""Products become points: the vectors of their pictures, their clusters and their payloads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..catalog import Value
from ..features import EncodedCatalog, EncodedProduct, attribute_columns
from ..model import Model, cluster_label
from ..progress import Advance
from .filling import predict_missing
from .manifest import Manifest
from .stores import Point, Writer


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of what a version holds.

    Attributes:
        products: of the catalog.
        pictures: of these products.
        clusters: cluster to the number of products that have a picture in it.
    """

    products: int = 0
    pictures: int = 0
    clusters: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.products + other.products, self.pictures + other.pictures, self.clusters + other.clusters)


def place(
    writer: Writer,
    model: Model,
    catalog: EncodedCatalog,
    blocks: Iterator[Sequence[EncodedProduct]],
    manifest: Manifest,
    *,
    fill_missing: bool,
    advance: Advance,
) -> Counts:
    """Place and write products block by block.

    A product is one point. Where an index has products with `several` pictures, a point has a vector for each, and a
    search compares with the nearest of them.
    """
    from threadpoolctl import threadpool_limits

    counts = Counts()
    payloads = catalog.payloads
    carried = model.capabilities.predicts
    for block in blocks:
        # One row a picture; the first of a product is its main one.
        owners = [at for at, item in enumerate(block) for _ in item.contents]
        features = catalog.features.get([content for item in block for content in item.contents])
        attributes = attribute_columns([block[at] for at in owners], carried)
        # Between blocks a second thread spins for a tenth of a second, which is longer than it worked.
        with threadpool_limits(1 if model.reducer.maps_fast else None, user_api="blas"):
            placement = model.place(features, attributes)
        starts = np.cumsum([0, *(len(item.contents) for item in block)])
        labels = [cluster_label(cluster) for cluster in placement.clusters]
        predicted: Sequence[Mapping[str, Value]] = [{}] * len(block)
        if fill_missing:
            predicted = predict_missing(model.reducer, block, features[starts[:-1]], catalog.schema)
        points = []
        for item, start, stop, values in zip(block, starts[:-1], starts[1:], predicted, strict=True):
            clusters = list(dict.fromkeys(labels[start:stop]))
            vectors = placement.vectors[start:stop]
            made = payloads.make(item.product, item.contents, clusters[0] if len(clusters) == 1 else clusters)
            key = item.product.id
            points.append(
                Point(key, key, vectors if manifest.several else vectors[0], payloads.with_predicted(made, values))
            )
            counts.clusters.update(clusters)
        writer.upsert(points)
        counts = Counts(counts.products + len(block), counts.pictures + len(owners), counts.clusters)
        advance(len(block))
    return counts
