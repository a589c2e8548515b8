"""Which products are the queries, which are indexed, and how many hits are asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.evaluation.protocol import CATEGORIES
from likewise.ingest.catalog import Schema
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
        categories: the master category of each query.
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


def sample_ids(catalog: EncodedCatalog, per_category: int, seed: int) -> list[str]:
    """Ids of a seeded sample of each of the study's categories, else of each category that the catalog has."""
    members: dict[str, list[str]] = {}
    for item in catalog:
        members.setdefault(category_of(item, catalog.schema), []).append(item.product.id)
    names = [name for name in CATEGORIES if name in members] or sorted(members)
    rng = np.random.default_rng(seed)
    chosen: list[str] = []
    for name in names:
        # Sorted by id, so that the sample does not depend on the order of the table.
        ordered = sorted(members[name])
        chosen += [ordered[at] for at in rng.permutation(len(ordered))[:per_category]]
    return chosen


def split_queries(catalog: EncodedCatalog, protocol: str, ids: Sequence[str]) -> QuerySplit:
    """Split a catalog by the ids of the queries.

    Raises:
        ParameterError: an unknown protocol, or nothing left to index.
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
    return QuerySplit(protocol, queries, indexed, [category_of(item, catalog.schema) for item in queries])


def category_of(item: EncodedProduct, schema: Schema) -> str:
    """A product's value in the schema's category column, `other` where it has none."""
    values = item.product.values
    return next((str(values[name]) for name in schema.role("category") if name in values), "other")
