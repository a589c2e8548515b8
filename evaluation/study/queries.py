"""Which products are asked about: a seeded sample of each category, or a list of ids from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.protocol import CATEGORIES
from likewise.ingest.errors import CatalogError, ParameterError
from likewise.ingest.features.encode import Embedded

PROTOCOLS = ("in-catalog", "held-out")


@dataclass(frozen=True, slots=True)
class Split:
    """The queries, and the products that are indexed.

    Attributes:
        protocol: `in-catalog`, as the study (the query itself is left out of its hits), or `held-out`
            (queries are removed before anything is fitted, and searched by their image).
        queries: intp[q], positions in the embedded catalog.
        indexed: intp[n], positions of the indexed products.
        categories: the master category of each query.
    """

    protocol: str
    queries: NDArray[np.intp]
    indexed: NDArray[np.intp]
    categories: list[str]


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


def split(
    embedded: Embedded, protocol: str, *, per_category: int, seed: int, ids: Sequence[str] | None = None
) -> Split:
    """Choose the queries of a protocol: `ids` where given, else `per_category` of each category.

    Raises:
        ParameterError: an unknown protocol, no category, or nothing left to index.
        CatalogError: an id that the catalog has not, or that was rejected.
    """
    if protocol not in PROTOCOLS:
        raise ParameterError(f"Unknown protocol {protocol!r}. Known: {', '.join(PROTOCOLS)}.")
    chosen = _sample(embedded, per_category, seed) if ids is None else _find(embedded, ids)
    everything = np.arange(len(embedded.products))
    indexed = everything if protocol == "in-catalog" else np.setdiff1d(everything, chosen)
    if len(indexed) < 2:
        raise ParameterError(f"{len(chosen)} of {len(everything)} products are queries: nothing is left to search in.")
    return Split(protocol, chosen, indexed, [category_of(embedded, at) for at in chosen])


def category_of(embedded: Embedded, at: int) -> str:
    """The master category of a product, `other` where it has none."""
    return embedded.products[at].attributes.get("masterCategory", "other")


def subset(embedded: Embedded, positions: NDArray[np.intp]) -> Embedded:
    """The embedded catalog with these products alone."""
    return Embedded(
        [embedded.products[at] for at in positions],
        [embedded.contents[at] for at in positions],
        embedded.rows[positions],
        [],
        0,
    )


def _sample(embedded: Embedded, per_category: int, seed: int) -> NDArray[np.intp]:
    members: dict[str, list[tuple[str, int]]] = {}
    for at, product in enumerate(embedded.products):
        members.setdefault(category_of(embedded, at), []).append((product.id, at))
    names = [name for name in CATEGORIES if name in members] or sorted(members)
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for name in names:
        # Sorted by id, so that the sample does not depend on the order of the table.
        ordered = sorted(members[name])
        chosen += [ordered[at][1] for at in rng.permutation(len(ordered))[:per_category]]
    return np.array(chosen, np.intp)


def _find(embedded: Embedded, ids: Sequence[str]) -> NDArray[np.intp]:
    places = {product.id: at for at, product in enumerate(embedded.products)}
    missing = [name for name in ids if name not in places]
    if missing:
        raise CatalogError(
            f"{len(missing)} of the {len(ids)} query products are not in the catalog or were rejected, "
            f"first {missing[0]!r}. Check the query file, and --only."
        )
    return np.array([places[name] for name in ids], np.intp)
