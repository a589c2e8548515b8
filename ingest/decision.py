"""What is due: nothing, an update of the version that is there, or a fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from .catalog import Payloads, Product
from .errors import CatalogError
from .features import BLOCK, EncodedCatalog, EncodedProduct, spool_items
from .images import Picture
from .index import Changes, Reader, Record, find_changes, place_sample
from .model import DRIFT_FILE, Baseline, DriftReport, Model


@dataclass(frozen=True, slots=True)
class Decision:
    """What a run is going to do.

    Attributes:
        kind: what is due; a `rewrite` writes all products anew, placed by the model that is there.
        catalog: the products that the next version is made of; for a fit also those that only the index still has.
        changes: to the version that searches read; None for a first version.
        model: of the version that searches read, where an update or a rewrite goes on with it.
        drift: how far the catalog has moved from it.
    """

    kind: Literal["nothing", "update", "rewrite", "fit"]
    catalog: EncodedCatalog
    changes: Changes | None = None
    model: Model | None = None
    drift: DriftReport | None = None

    @property
    def products(self) -> int:
        """Number of products that the next version holds."""
        return self.changes.products if self.kind in ("nothing", "update") and self.changes else len(self.catalog)

    @property
    def shared(self) -> Iterator[EncodedProduct]:
        """Products that the version that searches read and the next one hold with the same picture."""
        others: set[str] = set()
        if self.changes is not None:
            others = {item.product.id for item in chain(self.changes.added, self.changes.changed)}
            others.update(self.changes.missing)
        return (item for item in self.catalog if item.product.id not in others)

    @property
    def removed(self) -> int:
        """Number of products that leave the index."""
        return len(self.changes.removed) if self.changes else 0


def decide(
    reader: Reader,
    catalog: EncodedCatalog,
    *,
    fit: bool,
    fit_on_drift: bool,
    rewrite: bool,
    rewrite_all: bool = False,
    prune_missing: bool,
    encoded: EncodedCatalog | None = None,
) -> Decision:
    """Compare a version with a catalog and choose the least that is due.

    Args:
        reader: the version.
        catalog: today's products.
        fit: a new model has to be fitted in any case.
        fit_on_drift: a new model is fitted when the catalog has outgrown the one that is there.
        rewrite: a new version is due also where no product differs: something else that it keeps does.
        rewrite_all: where something is due, it is all products: payloads have other keys of ours.
        prune_missing: products that the catalog no longer has are removed.
        encoded: those of the products that have features; by default all.

    Raises:
        CatalogError: a fit is due, and features of products that only the index has are not in the cache.
    """
    # A row that is broken today never removes a product.
    broken = {reject.id for reject in catalog.rejects}
    changes = find_changes(reader, catalog, removes=lambda each: prune_missing and each not in broken)
    if fit:
        return Decision("fit", *_with_missing(reader, catalog, changes, broken))
    if not changes.any and not rewrite:
        return Decision("nothing", catalog, changes)
    model = reader.model()
    drift = measure_drift(reader, model, catalog if encoded is None else encoded)
    if fit_on_drift and drift is not None and drift.refit:
        return Decision("fit", *_with_missing(reader, catalog, changes, broken), drift=drift)
    if rewrite_all or catalog.several > reader.manifest.several:
        return Decision("rewrite", *_with_missing(reader, catalog, changes, broken), model, drift)
    return Decision("update", catalog, changes, model, drift)


def measure_drift(reader: Reader, model: Model, catalog: EncodedCatalog) -> DriftReport | None:
    """How far a catalog has moved from the model of a version; None without a baseline or products."""
    if not len(catalog) or DRIFT_FILE not in reader.attachments():
        return None
    baseline = Baseline.from_bytes(reader.attachment(DRIFT_FILE))
    return baseline.drift(*place_sample(model, catalog))


def _with_missing(
    reader: Reader, catalog: EncodedCatalog, changes: Changes, broken: Collection[str]
) -> tuple[EncodedCatalog, Changes]:
    """The catalog and the products that it no longer has but the index keeps, and the changes that this makes.

    A product whose picture is broken today cannot be kept where only the picture could tell its features, those of
    another encoder: it is among the rejects already, and leaves.
    """
    payloads = Payloads(reader.manifest.schema)
    kept = spool_items()
    lost: list[str] = []
    for start in range(0, len(changes.missing), BLOCK):
        records = [each for each in reader.retrieve(changes.missing[start : start + BLOCK]) if each is not None]
        items = [_item(record, payloads, catalog) for record in records]
        for item, known in zip(items, catalog.features.has([item.content for item in items]), strict=True):
            if known:
                kept.append(item)
            else:
                lost.append(item.product.id)
    unknown = [name for name in lost if name not in broken]
    if unknown:
        raise CatalogError(
            f"{len(unknown)} products of {reader.version} are not in this catalog, such as {unknown[0]}, and a refit "
            "needs their images. Give a catalog that has them, or --prune-missing to drop them."
        )
    left = [item.product.id for item in kept]
    return catalog.extended(kept), dataclasses.replace(changes, missing=left, removed=[*changes.removed, *lost])


def _item(record: Record, payloads: Payloads, catalog: EncodedCatalog) -> EncodedProduct:
    payload = payloads.of_catalog(record.payload)
    values = {
        name: tuple(payload[name]) if isinstance(payload[name], list) else payload[name]
        for name in catalog.schema.names
        if name in payload
    }
    pictures = tuple(Picture(ref, catalog.pictures) for ref in payloads.images(payload))
    return EncodedProduct(Product(record.id, pictures, values), tuple(payloads.contents(payload)))
