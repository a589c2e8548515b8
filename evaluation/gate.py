"""May this version be published? Checks against the catalog and the version that searches read now.

encoder     it was built with the encoder that is in use
counts      every number that the manifest states is what the store holds, and what the catalog demands
removed     not too many products leave the index at once: half a catalog is more often a broken export
self        sampled products, placed anew from their features, find themselves
precision   Precision@k on the same queries is not worse than before by more than the allowed drop
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.errors import LikewiseError
from likewise.ingest.features.cache import FeatureCache
from likewise.search import Hit, SearchClient

from .intervals import paired_difference
from .protocol import score

SELF_SAMPLE = 100
QUERIES = 2000
TIE = 1e-5
"""Cosine by which another product may stand before the one that looks for itself: its twin."""

DEPTH = 20


class GateError(LikewiseError):
    """A new version was refused; the current one stays."""

    exit_code = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the gate, with what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes:
        checks: all of them, passed or not.
        precision: mean Precision@k of the new version on the shared queries, in per cent; None without any.
        before: the same of the current version.
    """

    checks: tuple[Check, ...]
    precision: float | None = None
    before: float | None = None

    @property
    def passed(self) -> bool:
        """Whether the version may be published."""
        return all(check.passed for check in self.checks)

    @property
    def refusals(self) -> list[str]:
        """What the failed checks saw."""
        return [f"{check.name}: {check.detail}" for check in self.checks if not check.passed]

    def to_dict(self) -> dict[str, Any]:
        """For the log."""
        return {"passed": self.passed, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Measured:
    """Precision@k of each query, float64[n] in per cent, in the order of `ids`."""

    ids: tuple[str, ...]
    values: NDArray[np.float64]


def sample(ids: Sequence[str], count: int, seed: int) -> list[str]:
    """A seeded sample without replacement, the same for the same set of ids."""
    ordered = sorted(ids)
    return [ordered[at] for at in np.random.default_rng(seed).permutation(len(ordered))[:count]]


def measure(client: SearchClient, ids: Sequence[str], *, k: int = 6) -> Measured:
    """Precision@k of these products as queries by id, inside their cluster."""
    asked = client.get_batch(ids)
    found = client.similar_batch(ids, k)
    return Measured(tuple(ids), 100 * score(asked, found, k=k))


def judge(
    client: SearchClient,
    contents: Mapping[str, str],
    cache: FeatureCache,
    *,
    encoder: str,
    products: int,
    before: Measured | None,
    removed: int = 0,
    max_drop: float = 1.0,
    max_removed: float = 0.3,
    k: int = 6,
    seed: int = 0,
) -> Verdict:
    """Check a version.

    Args:
        client: reads the new version.
        contents: product id to content hash, of the catalog.
        cache: features by content hash, of the encoder that is in use now.
        encoder: fingerprint of the encoder that is in use now.
        products: number of products that the version must hold.
        before: the current version's Precision@k on queries that both versions hold; None for a first version.
        removed: products of the current version that are not in the new one.
        max_drop: allowed loss of mean Precision@k, in points.
        max_removed: allowed share of removed products.
        k: recommendations a query.
        seed: of the sample that has to find itself.
    """
    manifest = client.manifest
    checks = [
        Check("encoder", manifest.encoder_fingerprint == encoder, f"{manifest.encoder_fingerprint}, in use {encoder}"),
        _counts(client, products),
        _removed(products, removed, max_removed),
    ]
    checks.append(_finds_itself(client, sample(list(contents), SELF_SAMPLE, seed), contents, cache))
    if before is None or not before.ids:
        return Verdict(tuple(checks))
    try:
        after = measure(client, before.ids, k=k)
    except LikewiseError as error:
        return Verdict((*checks, Check("precision", False, str(error))))
    difference = paired_difference(after.values, before.values, seed=seed)
    detail = (
        f"{after.values.mean():.2f} % after {before.values.mean():.2f} %: {difference.value:+.2f} points "
        f"(95 % interval {difference.low:+.2f} to {difference.high:+.2f}, n = {difference.n}), "
        f"allowed {-max_drop:+.2f}"
    )
    # Not worse, shown: the whole interval lies above the allowed drop, not just the mean.
    checks.append(Check("precision", difference.low >= -max_drop, detail))
    return Verdict(tuple(checks), float(after.values.mean()), float(before.values.mean()))


def _counts(client: SearchClient, products: int) -> Check:
    manifest = client.manifest
    found = client.count()
    wrong = {
        label: (stated, held)
        for label, stated in manifest.clusters.items()
        if (held := client.count({"cluster": label})) != stated
    }
    if not found == manifest.products == products:
        detail = f"the store holds {found} products, the manifest states {manifest.products}, the catalog {products}"
        return Check("counts", False, detail)
    if wrong or sum(manifest.clusters.values()) != found:
        return Check("counts", False, f"sizes of clusters, stated and held: {wrong or manifest.clusters}")
    return Check("counts", True, f"{found} products in {len(manifest.clusters)} clusters")


def _removed(products: int, removed: int, limit: float) -> Check:
    share = removed / max(products + removed, 1)
    return Check("removed", share <= limit, f"{removed} products ({share:.1%}) leave the index, allowed {limit:.0%}")


def _finds_itself(client: SearchClient, ids: Sequence[str], contents: Mapping[str, str], cache: FeatureCache) -> Check:
    rows = cache.lookup([bytes.fromhex(contents[product_id]) for product_id in ids])
    if (rows < 0).any():
        return Check("self", False, f"the features of {int((rows < 0).sum())} sampled products are not in the cache")
    try:
        answers = client.similar_to_features_batch(cache.vectors(rows), DEPTH)
    except LikewiseError as error:
        return Check("self", False, str(error))
    lost = [product_id for product_id, hits in zip(ids, answers, strict=True) if not _among_the_first(product_id, hits)]
    if lost:
        return Check("self", False, f"{len(lost)} of {len(ids)} products do not find themselves, such as {lost[0]}")
    return Check("self", True, f"{len(ids)} of {len(ids)} products find themselves")


def _among_the_first(product_id: str, hits: Sequence[Hit]) -> bool:
    return any(hit.id == product_id for hit in hits if hit.score >= hits[0].score - TIE)
