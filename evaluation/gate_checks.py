"""Checks of a new version that need no other one to compare it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.ingest.decision import Decision
from likewise.ingest.errors import LikewiseError, StoreError
from likewise.search import Hit, SearchClient

SELF_SAMPLE = 100
TIE = 1e-5
"""A product with the same picture may stand before the one that searches for itself, by this much of the score."""

DEPTH = 20

MISPLACED = 0.1
"""Most of the products of the current version that may not be found; a version that is damaged can be replaced."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the gate, with what was seen."""

    name: str
    passed: bool
    detail: str


def sample(ids: Sequence[str], count: int, seed: int) -> list[str]:
    """A seeded sample without replacement, the same for the same set of ids."""
    ordered = sorted(ids)
    return [ordered[at] for at in np.random.default_rng(seed).permutation(len(ordered))[:count]]


def check_encoder(client: SearchClient, decision: Decision, current: SearchClient | None, seed: int) -> Check:
    """Whether the version was built with the encoder that is in use, and whether that one is what it was.

    An encoder that computes otherwise than it did, under the same fingerprint, is only seen in a version that it did
    not build: the products that are read now are not where today's features of their pictures are.
    """
    built, used = client.manifest.encoder.fingerprint, decision.catalog.encoder.fingerprint
    if built != used:
        return Check("encoder", False, f"{built}, in use {used}")
    if current is not None and current.manifest.encoder.fingerprint == used:
        ids = sample([item.product.id for item in decision.shared], SELF_SAMPLE, seed)
        try:
            lost = _lost(current, decision, ids)
        except LikewiseError as error:
            return Check("encoder", False, str(error))
        if len(lost) > MISPLACED * len(ids):
            return Check(
                "encoder",
                False,
                f"{len(lost)} of {len(ids)} products of {current.manifest.version} are not found by today's features "
                f"of their pictures, such as {lost[0]}: the encoder {used} computes something else than before",
            )
    return Check("encoder", True, f"{built}, in use {used}")


def check_counts(client: SearchClient, decision: Decision) -> Check:
    """Whether store, manifest and catalog agree."""
    manifest, expected = client.manifest, decision.products
    count = client.count()
    wrong = {
        name: (stated, held)
        for name, stated in manifest.clusters.items()
        if (held := client.count({client.payloads.cluster: name})) != stated
    }
    if not count == manifest.products == expected:
        detail = f"the store holds {count} products, the manifest states {manifest.products}, the catalog {expected}"
        return Check("counts", False, detail)
    # A product whose pictures are in two clusters counts in both.
    whole = sum(manifest.clusters.values())
    if wrong or (whole < count if manifest.several else whole != count):
        return Check("counts", False, f"sizes of clusters, stated and held: {wrong or manifest.clusters}")
    return Check("counts", True, f"{count} products in {len(manifest.clusters)} clusters")


def check_removed(decision: Decision, limit: float) -> Check:
    """Whether not too many products leave the index, as a share of those that were there."""
    removed = decision.removed
    share = removed / max(decision.products + removed, 1)
    return Check("removed", share <= limit, f"{removed} products ({share:.1%}) leave the index, allowed {limit:.0%}")


def check_self(client: SearchClient, decision: Decision, seed: int) -> Check:
    """Whether sampled products find themselves by picture.

    Without a prior: a product whose label is not what its picture shows lies elsewhere among the attributes.
    """
    ids = sample([item.product.id for item in decision.catalog], SELF_SAMPLE, seed)
    try:
        lost = _lost(client, decision, ids)
    except LikewiseError as error:
        return Check("self", False, str(error))
    if lost:
        return Check("self", False, f"{len(lost)} of {len(ids)} products do not find themselves, such as {lost[0]}")
    return Check("self", True, f"{len(ids)} of {len(ids)} products find themselves")


def _lost(client: SearchClient, decision: Decision, ids: Sequence[str]) -> list[str]:
    """Of products those that do not find themselves by today's features of their pictures."""
    contents = {name: item.content for name, item in decision.catalog.found(ids).items()}
    if not contents:
        return []
    wanted, features = list(contents.values()), decision.catalog.features
    absent = int((~features.has(wanted)).sum())
    if absent:
        raise StoreError(f"the features of {absent} sampled products are not in the cache")
    answers = client.similar_to_features_batch(features.get(wanted), DEPTH, prior=0.0)
    return [name for name, hits in zip(contents, answers, strict=True) if not _among_the_first(name, hits)]


def _among_the_first(product_id: str, hits: Sequence[Hit]) -> bool:
    return any(hit.id == product_id for hit in hits if hit.score >= hits[0].score - TIE)
