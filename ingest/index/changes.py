"""What differs between an index and today's catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from ..catalog.payloads import digest, given, payload
from ..features.encode import Embedded
from .stores import Reader


@dataclass(slots=True)
class Changes:
    """Products by what has to be done with them; numbers are positions in `Embedded.products`.

    Attributes:
        added: not yet in the index.
        changed: their image is another one: a new vector.
        relabelled: only attributes or the image's name differ: a new payload.
        removed: ids in the index that leave it.
        missing: ids in the index that the catalog no longer has, but that stay.
        unchanged: number of products that are as they were.
        clusters: sizes of the clusters, counting the products whose vector stays.
        labels: position to cluster, of the relabelled ones.
        digests: of the products whose payload stays.
    """

    added: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    relabelled: list[int] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchanged: int = 0
    clusters: Counter[str] = field(default_factory=Counter)
    labels: dict[int, str] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    @property
    def moved(self) -> list[int]:
        """Positions that need a vector."""
        return [*self.added, *self.changed]

    @property
    def any(self) -> bool:
        """Whether there is something to do."""
        return bool(self.added or self.changed or self.relabelled or self.removed)

    @property
    def products(self) -> int:
        """Number of products afterwards."""
        return len(self.added) + len(self.changed) + len(self.relabelled) + self.unchanged + len(self.missing)

    @property
    def share(self) -> float:
        """Products touched, as a share of those that were there before."""
        before = self.products - len(self.added) + len(self.removed)
        touched = len(self.added) + len(self.changed) + len(self.relabelled) + len(self.removed)
        return touched / max(before, 1)

    def counts(self) -> dict[str, int]:
        """Numbers of products, for a report."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "relabelled": len(self.relabelled),
            "removed": len(self.removed),
            "missing": len(self.missing),
            "unchanged": self.unchanged,
        }


def compare(
    reader: Reader, embedded: Embedded, *, prune: bool, keep: Collection[str] = (), in_vector: bool = False
) -> Changes:
    """Differences between a version and a catalog.

    Args:
        reader: the version.
        embedded: the catalog's usable products.
        prune: whether products that the catalog no longer has are removed.
        in_vector: whether stored vectors carry attributes, so that another attribute means another vector.
        keep: ids that are never removed: products whose row or image is broken today.
    """
    found = Changes()
    position = {product.id: at for at, product in enumerate(embedded.products)}
    for record in reader.scroll():
        cluster = str(record.payload.get("cluster", ""))
        at = position.pop(record.id, None)
        if at is None:
            if prune and record.id not in keep:
                found.removed.append(record.id)
                continue
            found.missing.append(record.id)
        elif record.payload.get("content") != embedded.contents[at]:
            found.changed.append(at)
            continue
        elif given(record.payload) != given(payload(embedded.products[at], embedded.contents[at], cluster)):
            if in_vector:
                found.changed.append(at)
                continue
            found.relabelled.append(at)
            found.labels[at] = cluster
            found.clusters[cluster] += 1
            continue
        else:
            found.unchanged += 1
        found.clusters[cluster] += 1
        found.digests.append(digest(record.payload))
    found.added.extend(position.values())
    return found
