"""Whether a new version recommends worse than the current one: the same products, asked by picture in both.

What was learned from a product's labels knows them, so that products decide which neither version was fitted on: a
fit of learned attributes holds some back for that. Where nothing is learned from labels, all products can be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.catalog import SCORABLE
from likewise.ingest.decision import Decision
from likewise.ingest.errors import LikewiseError
from likewise.ingest.features import EncodedProduct, Features
from likewise.ingest.index import Manifest
from likewise.search import SearchClient, SearchOptions

from .by_picture import PictureQueries, ask, known
from .gate_checks import Check, sample
from .intervals import paired_difference, paired_randomization_test
from .protocol import score

QUERIES = 2000

LEVEL = 0.99
"""Of the interval and of the test: a version that is no worse is refused by chance once in 200 nights."""

POWER = 0.8

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Asked:
    """Precision@k of the same queries in both versions, float64[n] in per cent."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def change(self) -> float:
        """Mean change, in points."""
        return float((self.after - self.before).mean())

    @property
    def error(self) -> float:
        """Standard error of the change."""
        n = len(self.after)
        return float((self.after - self.before).std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0

    def worse(self, limit: float, seed: int) -> bool:
        """Whether more than `limit` was lost, and not by chance.

        By the randomization test, which does not take two queries that differ for a proof, as a bootstrap may.
        """
        return self.change < -limit and paired_randomization_test(self.after, self.before, seed=seed) < 1 - LEVEL

    def detectable(self, limit: float) -> float:
        """The loss that `worse` would see four times of five."""
        return max(limit, NORMAL.inv_cdf((1 + LEVEL) / 2) * self.error) + NORMAL.inv_cdf(POWER) * self.error


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean Precision@k of both versions on the same queries, in per cent.

    Attributes:
        after: of the new version.
        before: of the current one.
        queries: number of products that were asked.
        unseen: whether neither version was fitted on them; else both figures flatter.
        fitted_on: number of further products, that a version was fitted on, which were asked to support the verdict.
        detectable: the loss, in points, that would have been refused four times of five.
    """

    after: float
    before: float
    queries: int
    unseen: bool
    fitted_on: int
    detectable: float


def compare(
    old: SearchClient,
    new: SearchClient,
    decision: Decision,
    *,
    max_drop: float,
    k: int,
    seed: int,
    cache: Path | None,
) -> tuple[Check, Comparison | None]:
    """Ask both versions for the same products; refuse a loss above the limit that is not chance.

    Products that were held back decide. Where they are too few for a proof, those that were fitted on may give it: what
    is worse on both is worse. Alone they prove nothing, for a version that learned less by heart is not worse.
    """
    attributes, problem = scored_in_both(old.manifest, new.manifest)
    if problem:
        return Check("precision", True, f"not compared: {problem}"), None
    unseen, seen = _samples(old, new, decision.shared, seed)
    items = decision.catalog.found((*unseen, *seen))
    try:
        features, remark = _features(old, list(items.values()), decision, cache)
        asked = []
        for names in (unseen, seen):
            there = known({name: items[name].content for name in names}, features)
            if there:
                before = _measure(old, there, features, k, attributes)
                after = _measure(new, there, decision.catalog.features, k, attributes)
                # A product without a value of what is scored says nothing.
                judged = ~(np.isnan(before) | np.isnan(after))
                if judged.any():
                    asked.append(Asked(before[judged], after[judged]))
    except LikewiseError as error:
        return Check("precision", False, str(error)), None
    if not asked:
        none = f"the versions share no product with a value of {', '.join(attributes)}"
        return Check("precision", True, f"not compared: {remark or none}"), None
    first, *others = asked
    worse = first.worse(max_drop, seed) or (
        first.change < -max_drop and any(other.worse(max_drop, seed) for other in others)
    )
    detectable = first.detectable(max_drop)
    for other in others:
        by_both = max(max_drop + NORMAL.inv_cdf(POWER) * first.error, other.detectable(max_drop))
        detectable = min(detectable, by_both)
    support = sum(len(other.after) for other in others)
    found = Comparison(
        float(first.after.mean()), float(first.before.mean()), len(first.after), bool(unseen), support, detectable
    )
    words = _words(first, found, max_drop, seed)
    if any(each.manifest.schema.role("scored") != attributes for each in (old, new)):
        words += f"; scored by {', '.join(attributes)}, which both versions have"
    for other in others:
        words += f"; on {support} that were fitted on {other.change:+.2f}"
    return Check("precision", not worse, f"{words}. {remark}" if remark else words), found


def _words(first: Asked, found: Comparison, max_drop: float, seed: int) -> str:
    interval = paired_difference(first.after, first.before, level=LEVEL, seed=seed)
    whom = "not fitted on" if found.unseen else "fitted on"
    return (
        f"{found.after:.2f} % after {found.before:.2f} %: {interval.value:+.2f} points ({LEVEL:.0%} interval "
        f"{interval.low:+.2f} to {interval.high:+.2f}; {found.queries} products {whom}, asked by picture), allowed "
        f"{-max_drop:+.2f}; a loss of {found.detectable:.1f} would be seen"
    )


def _samples(
    old: SearchClient, new: SearchClient, shared: Iterable[EncodedProduct], seed: int
) -> tuple[list[str], list[str]]:
    """Products that neither version was fitted on, and some that one of them was."""
    both = (old.manifest.capabilities, new.manifest.capabilities)
    unseen: list[str] = []
    seen: list[str] = []
    for item in shared:
        (unseen if all(each.unseen(item.content) for each in both) else seen).append(item.product.id)
    chosen = sample(unseen, QUERIES, seed)
    return chosen, sample(seen, QUERIES - len(chosen), seed)


def _features(
    old: SearchClient, items: Sequence[EncodedProduct], decision: Decision, cache: Path | None
) -> tuple[Features, str]:
    """Features for the current version, and what there is to say of them."""
    catalog, spec = decision.catalog, old.manifest.encoder
    if spec.fingerprint == catalog.encoder.fingerprint:
        return catalog.features, ""
    pictures = {item.content: item.product.pictures[0] for item in items}
    queries = PictureQueries(spec, pictures, cache)
    if queries.problem:
        return queries.features, f"pictures could not be encoded for {old.manifest.version}: {queries.problem}"
    if queries.encoded:
        return queries.features, f"{queries.encoded} pictures were encoded anew for {old.manifest.version}"
    return queries.features, ""


def scored_in_both(old: Manifest, new: Manifest) -> tuple[tuple[str, ...], str]:
    """What the new version scores and the current one has too, or why there is nothing."""
    scored = new.schema.role("scored")
    if not scored:
        return (), "the new version has no scored column; name some with --attributes COLUMN,…"
    shared = tuple(
        name
        for name in scored
        if all(name in each.schema.names and each.schema.type_of(name) in SCORABLE for each in (old, new))
    )
    return shared, "" if shared else f"{old.version} has none of the scored columns {', '.join(scored)}"


def _measure(
    client: SearchClient, contents: dict[str, str], features: Features, k: int, attributes: Sequence[str]
) -> NDArray[np.float64]:
    """Precision@k of each product, float64[n] in per cent."""
    answers = ask(client, contents, features, SearchOptions(k=k))
    return 100 * score(client.get_batch(list(contents)), answers, k=k, attributes=attributes)
