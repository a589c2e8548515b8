"""The gate decides whether a new version of an index may be published.

`Gate` is the judge that `likewise reindex` hands to the pipeline. Before anything is written, it measures Precision@k
of the version that searches read now. Then it makes five checks of the new version, each a `Check` of the verdict:

encoder     The version was built with the encoder that is in use.
counts      The numbers that the manifest states are those in the store, and the number of products is the catalog's.
removed     Not too many products leave the index at once: half a catalog is more often a broken export.
self        Sampled products find themselves when they are searched by their features.
precision   Precision@k of the same queries has not fallen by more than is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.decision import Decision
from likewise.ingest.errors import LikewiseError
from likewise.ingest.index import Candidate, Hit, Reader
from likewise.search import SearchClient

from .intervals import paired_difference
from .protocol import score

SELF_SAMPLE = 100
QUERIES = 2000
TIE = 1e-5
"""A product with the same picture may stand before the one that searches for itself, by this much of the score."""

DEPTH = 20


class GateError(LikewiseError):
    """A new version was refused; the current one stays."""

    exit_code = 10


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate allows, and how it measures.

    Attributes:
        max_drop: allowed loss of mean Precision@k, in points.
        max_removed: allowed share of removed products, in [0, 1].
        k: recommendations a query.
        seed: of the samples.
    """

    max_drop: float = 1.0
    max_removed: float = 0.3
    k: int = 6
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the gate, with what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a version.

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


class Gate:
    """The judge of a run: `before` measures the current version, `verdict` compares the new one with it.

    Args:
        rules: what is allowed.
    """

    def __init__(self, rules: GateRules | None = None) -> None:
        self._rules = rules or GateRules()
        self._before: Measured | None = None

    def before(self, reader: Reader, decision: Decision) -> None:
        """Measure the version that searches read now, on products that both versions hold."""
        others: set[str] = set()
        if decision.changes is not None:
            others = {item.product.id for item in decision.changes.added} | set(decision.changes.missing)
        shared = [item.product.id for item in decision.catalog if item.product.id not in others]
        chosen = sample(shared, QUERIES, self._rules.seed)
        self._before = measure(SearchClient(reader), chosen, k=self._rules.k) if chosen else None

    def verdict(self, candidate: Candidate, decision: Decision) -> Verdict:
        """Check the new version; without a version before it, precision is not compared."""
        rules, before, self._before = self._rules, self._before, None
        with SearchClient(candidate.open()) as client:
            checks = (
                _encoder(client, decision),
                _counts(client, decision),
                _removed(decision, rules),
                _self(client, decision, rules),
            )
            return Verdict(checks) if before is None else _with_precision(client, checks, before, rules)


def sample(ids: Sequence[str], count: int, seed: int) -> list[str]:
    """A seeded sample without replacement, the same for the same set of ids."""
    ordered = sorted(ids)
    return [ordered[at] for at in np.random.default_rng(seed).permutation(len(ordered))[:count]]


def measure(client: SearchClient, ids: Sequence[str], *, k: int = 6) -> Measured:
    """Precision@k of these products as queries by id, inside their cluster."""
    queries = client.get_batch(ids)
    answers = client.similar_batch(ids, k)
    scored = client.manifest.schema.role("scored")
    return Measured(tuple(ids), 100 * score(queries, answers, k=k, attributes=scored))


def _encoder(client: SearchClient, decision: Decision) -> Check:
    built, used = client.manifest.encoder.fingerprint, decision.catalog.encoder.fingerprint
    return Check("encoder", built == used, f"{built}, in use {used}")


def _counts(client: SearchClient, decision: Decision) -> Check:
    manifest, expected = client.manifest, decision.products
    count = client.count()
    wrong = {
        name: (stated, held)
        for name, stated in manifest.clusters.items()
        if (held := client.count({"cluster": name})) != stated
    }
    if not count == manifest.products == expected:
        detail = f"the store holds {count} products, the manifest states {manifest.products}, the catalog {expected}"
        return Check("counts", False, detail)
    if wrong or sum(manifest.clusters.values()) != count:
        return Check("counts", False, f"sizes of clusters, stated and held: {wrong or manifest.clusters}")
    return Check("counts", True, f"{count} products in {len(manifest.clusters)} clusters")


def _removed(decision: Decision, rules: GateRules) -> Check:
    removed, limit = decision.removed, rules.max_removed
    share = removed / max(decision.products + removed, 1)
    return Check("removed", share <= limit, f"{removed} products ({share:.1%}) leave the index, allowed {limit:.0%}")


def _self(client: SearchClient, decision: Decision, rules: GateRules) -> Check:
    contents = {item.product.id: item.content for item in decision.catalog}
    ids = sample(list(contents), SELF_SAMPLE, rules.seed)
    wanted, features = [contents[product_id] for product_id in ids], decision.catalog.features
    absent = int((~features.has(wanted)).sum())
    if absent:
        return Check("self", False, f"the features of {absent} sampled products are not in the cache")
    try:
        answers = client.similar_to_features_batch(features.get(wanted), DEPTH)
    except LikewiseError as error:
        return Check("self", False, str(error))
    lost = [product_id for product_id, hits in zip(ids, answers, strict=True) if not _among_the_first(product_id, hits)]
    if lost:
        return Check("self", False, f"{len(lost)} of {len(ids)} products do not find themselves, such as {lost[0]}")
    return Check("self", True, f"{len(ids)} of {len(ids)} products find themselves")


def _among_the_first(product_id: str, hits: Sequence[Hit]) -> bool:
    return any(hit.id == product_id for hit in hits if hit.score >= hits[0].score - TIE)


def _with_precision(client: SearchClient, checks: tuple[Check, ...], before: Measured, rules: GateRules) -> Verdict:
    try:
        after = measure(client, before.ids, k=rules.k)
    except LikewiseError as error:
        return Verdict((*checks, Check("precision", False, str(error))))
    difference = paired_difference(after.values, before.values, seed=rules.seed)
    detail = (
        f"{after.values.mean():.2f} % after {before.values.mean():.2f} %: {difference.value:+.2f} points "
        f"(95 % interval {difference.low:+.2f} to {difference.high:+.2f}, n = {difference.n}), "
        f"allowed {-rules.max_drop:+.2f}"
    )
    # The mean alone would prove nothing: the whole interval has to lie above the allowed drop.
    precision = Check("precision", difference.low >= -rules.max_drop, detail)
    return Verdict((*checks, precision), float(after.values.mean()), float(before.values.mean()))
