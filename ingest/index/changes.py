"""What differs between a version of an index and today's catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..features import EncodedProduct, blocks
from .placing import Counts


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A product whose values or image name differ while its vectors stay, and so its clusters."""

    item: EncodedProduct
    cluster: str | list[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """Products by what has to be done with them.

    Attributes:
        added: not yet in the index.
        changed: their picture is another one, or a value that their vector carries: a new vector.
        relabelled: a new payload.
        removed: ids in the index that leave it.
        missing: ids in the index that the catalog no longer has, but that stay.
        unchanged: number of products that are as they were.
        placed: counts the products whose vectors stay.
        digests: of the products whose payload stays.
    """

    added: Sequence[EncodedProduct] = ()
    changed: Sequence[EncodedProduct] = ()
    relabelled: Sequence[Relabelled] = ()
    removed: Sequence[str] = ()
    missing: Sequence[str] = ()
    unchanged: int = 0
    placed: Counts = field(default_factory=Counts)
    digests: Sequence[bytes] = field(default=(), repr=False)

    def blocks(self) -> Iterator[Sequence[EncodedProduct]]:
        """The products that need a vector, some thousand at once."""
        return blocks(chain(self.added, self.changed))

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
