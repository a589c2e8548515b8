"""Which products are the queries, which are indexed, and how many hits are asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from likewise.evaluation.scoring import Scoring, draw
from likewise.ingest.errors import CatalogError, ParameterError
from likewise.ingest.features import EncodedCatalog, EncodedProduct

PROTOCOLS = ("in-catalog", "held-out")

STUDY_K = 6
KS = (1, 3, STUDY_K, 10, 20)
"""Numbers of recommendations that are scored in one pass."""

DEPTH = max(KS) + 30
"""Hits asked for: more than the largest k, so that enough are left without the near-duplicates."""


@dataclass(frozen=True, slots=True)
class QuerySplit:
    """A catalog as queries and indexed products.

    Attributes:
        protocol: `in-catalog`, as the study (the query itself is left out of its hits), or `held-out`
            (queries are removed before anything is fitted, and searched by their picture).
        queries: the query products.
        indexed: the products that are searched, in the catalog's order.
        categories: the group of each query, see `Scoring`; `other` for one that was asked for and is in none.
    """

    protocol: str
    queries: Sequence[EncodedProduct]
    indexed: Sequence[EncodedProduct]
    categories: Sequence[str]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the queries."""
        return tuple(item.product.id for item in self.queries)

    @property
    def held_out(self) -> bool:
        """Whether the queries are not indexed."""
        return self.protocol == "held-out"

    @property
    def digest(self) -> str:
        """SHA-256 over the protocol, the queries and the indexed products with their values and pictures."""
        parts = [self.protocol.encode()]
        parts += [b"".join(map(_digest, items)) for items in (self.queries, self.indexed)]
        return hashlib.sha256(b"--".join(parts)).hexdigest()


def _digest(item: EncodedProduct) -> bytes:
    product = item.product
    facts = [product.id, dict(product.values), [picture.ref for picture in product.pictures], item.contents]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).digest()


def read_queries(path: Path) -> list[str]:
    """Product ids from a file, one a line; blank lines are skipped.

    Raises:
        CatalogError: the file cannot be read or names nothing.
    """
    try:
        ids = [line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(
            f"The query file {path} cannot be read ({error}); it holds one product id a line."
        ) from error
    if not ids:
        raise CatalogError(f"The query file {path} names no product; it holds one id a line.")
    return list(dict.fromkeys(ids))


OTHER = "other"


def draw_ids(catalog: EncodedCatalog, per_category: int, seed: int) -> tuple[list[str], str]:
    """Ids of a seeded sample of each group, see `Scoring.chosen`, and a remark on groups that are left out.

    Raises:
        ParameterError: nothing to score, or no group.
    """
    scoring = Scoring.of(catalog.schema)
    members: dict[str, list[str]] = {}
    for item in catalog:
        group = scoring.group(item.product.values)
        if group is not None:
            members.setdefault(group, []).append(item.product.id)
    names, remark = scoring.chosen({name: len(ids) for name, ids in members.items()})
    drawn = draw(members, names, per_category, seed)
    return [each for ids in drawn.values() for each in ids], remark


def sample_ids(catalog: EncodedCatalog, per_category: int, seed: int) -> list[str]:
    """The ids of `draw_ids`."""
    return draw_ids(catalog, per_category, seed)[0]


def split_queries(catalog: EncodedCatalog, protocol: str, ids: Sequence[str]) -> QuerySplit:
    """Split a catalog by the ids of the queries.

    Raises:
        ParameterError: an unknown protocol, nothing to score, or nothing left to index.
        CatalogError: an id that the catalog has not, or that was rejected.
    """
    if protocol not in PROTOCOLS:
        raise ParameterError(f"Unknown protocol {protocol!r}. Known: {', '.join(PROTOCOLS)}.")
    items = catalog.found(ids)
    missing = [name for name in ids if name not in items]
    if missing:
        raise CatalogError(
            f"{len(missing)} of the {len(ids)} query products are not in the catalog or were rejected, "
            f"first {missing[0]!r}. Check the query file, and --only."
        )
    queries = [items[name] for name in ids]
    removed = set(ids) if protocol == "held-out" else set()
    indexed = catalog.where(lambda item: item.product.id not in removed).items
    if len(indexed) < 2:
        raise ParameterError(f"{len(queries)} of {len(catalog)} products are queries: nothing is left to search in.")
    scoring = Scoring.of(catalog.schema)
    groups = [scoring.group(item.product.values) or OTHER for item in queries]
    return QuerySplit(protocol, queries, indexed, groups)
