"""From the nearest products to the hits that are shown: boosts, rules, one of a group, variety.

Candidates come in blocks, nearest first; hits go out one by one, so that what nobody looks at is not worked out. A
page is a piece of this order: the same whatever page is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.catalog import Schema
from likewise.ingest.index import Hit
from likewise.ingest.index.filters import Scalar
from likewise.ingest.model import unit_rows

from .boosts import Boost
from .rules import Rule

WINDOW = 200
"""Candidates that are put in order together."""


@dataclass(frozen=True, slots=True)
class Order:
    """How candidates become hits.

    Attributes:
        diversity: 0 goes by likeness alone, 1 by being unlike the hits before: maximal marginal relevance (Carbonell
            and Goldstein, 1998) with lambda = 1 - diversity.
        group_by: column of whose values each is shown once.
        distinct: least cosine of two products that count as one; None for none.
        boosts: what is added to similarities.
        rules: the merchandiser's, as far as no store follows them.
    """

    diversity: float = 0.0
    group_by: str | None = None
    distinct: float | None = None
    boosts: tuple[Boost, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def by_likeness(self) -> bool:
        """Whether candidates stay in the order in which a store has them."""
        return self == Order()

    @property
    def overtakes(self) -> bool:
        """Whether a product can be shown before one that is more alike."""
        return self.diversity > 0 or bool(self.boosts or self.rules)

    @property
    def needs_vectors(self) -> bool:
        """Whether products are compared with one another."""
        return self.diversity > 0 or self.distinct is not None


@dataclass(slots=True)
class Arranger:
    """Puts the candidates of one search in order.

    Args:
        order: how.
        schema: of the index.
        index_dim: width of the index vectors.
        asked: payload of the product that was asked about; by default that of the nearest candidate.

    Attributes:
        groups: values of the grouping column that were met.
        passed: ids of the products that were met and have no such value, look like a hit, or are left out by a rule.
        pinned: ids of products that were put before the candidates.
        followed: names of the rules that changed something.
    """

    order: Order
    schema: Schema
    index_dim: int
    asked: Mapping[str, Any] | None = None
    groups: set[Scalar] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    followed: list[str] = field(default_factory=list)
    _shown: list[Float] = field(default_factory=list)

    def arrange(self, block: Sequence[Hit]) -> Iterator[Hit]:
        """The hits among these candidates, best first; each is shown once it is taken."""
        rules = self._rules(block)
        relevance, variety = self._relevance(block), self._variety(block)
        never = {hit.id: rule for hit, rule in zip(block, rules, strict=True) if rule and rule.action == "never"}
        self._follow(*never.values())
        self.passed |= never.keys()
        for action in ("first", "", "sink"):
            chosen = [at for at, rule in enumerate(rules) if (rule.action if rule else "") == action]
            for at in self._best_first(chosen, block, relevance, variety):
                rule = rules[at]
                self._follow(*([rule] if rule else []))
                yield replace(block[at], rule=rule.name if rule else "", vector=None)

    def meet(self, nearest: Sequence[Hit]) -> None:
        """Take the nearest candidate for what is asked about, where that is no product of the index."""
        if self.asked is None and nearest:
            self.asked = nearest[0].payload

    def pins(self) -> tuple[str, ...]:
        """Ids of the products that stand before all others here, however far they are."""
        rules = (rule for rule in self.order.rules if rule.action == "first" and rule.context is not None)
        return tuple(dict.fromkeys(name for rule in rules if rule.holds(self.asked) for name in rule.products))

    def _follow(self, *rules: Rule) -> None:
        self.followed += (rule.name for rule in dict.fromkeys(rules) if rule.name not in self.followed)

    def _rules(self, block: Sequence[Hit]) -> list[Rule | None]:
        """The rule that each candidate is moved by."""
        holding = [rule for rule in self.order.rules if rule.holds(self.asked)]
        return [next((rule for rule in holding if rule.concerns(hit.id, hit.payload)), None) for hit in block]

    def _relevance(self, block: Sequence[Hit]) -> NDArray[np.float64]:
        scores = np.array([hit.score for hit in block], np.float64)
        payloads = [hit.payload for hit in block]
        return sum((boost.values(payloads, self.schema) for boost in self.order.boosts), scores)

    def _variety(self, block: Sequence[Hit]) -> _Variety | None:
        if not self.order.needs_vectors:
            return None
        rows = [np.atleast_2d(hit.vector)[0, : self.index_dim] for hit in block if hit.vector is not None]
        return _Variety(unit_rows(np.asarray(rows, np.float32).reshape(len(block), self.index_dim)), self._shown)

    def _best_first(
        self, chosen: Sequence[int], block: Sequence[Hit], relevance: NDArray[np.float64], variety: _Variety | None
    ) -> Iterator[int]:
        """Positions of candidates; those that are shown already in another form are passed over."""
        left = sorted(chosen, key=lambda at: -relevance[at])
        diversity, distinct = self.order.diversity, self.order.distinct
        while left:
            at = left[0]
            if variety is not None and diversity:
                gain = (1 - diversity) * relevance[left] - diversity * variety.alike[left]
                at = left[int(np.argmax(gain))]
            left.remove(at)
            if variety is not None and distinct is not None and variety.alike[at] >= distinct:
                # It stays like what is shown; another one of its group may not be.
                self.passed.add(block[at].id)
            elif self._is_new(block[at]):
                if variety is not None:
                    variety.show(at)
                yield at

    def _is_new(self, hit: Hit) -> bool:
        """Whether the hit is the first of its group; from now on it is not."""
        if self.order.group_by is None:
            return True
        value = group_of(hit.payload, self.order.group_by)
        if value is None:
            self.passed.add(hit.id)
            return True
        new = value not in self.groups
        self.groups.add(value)
        return new


def group_of(payload: Mapping[str, Any], key: str) -> Scalar | None:
    """The value that a product is grouped by: of several pictures, that of the main one."""
    value: Any = payload.get(key)
    return next(iter(value), None) if isinstance(value, list) else value


class _Variety:
    """How much candidates are like what is shown.

    Args:
        vectors: of the candidates, float32[n, d] of unit length.
        shown: vectors of the hits so far; further ones are added.

    Attributes:
        alike: float32[n], the greatest cosine to any of the hits.
    """

    def __init__(self, vectors: Float, shown: list[Float]) -> None:
        self._vectors = vectors
        self._shown = shown
        self.alike = (vectors @ np.array(shown).T).max(axis=1) if shown else np.full(len(vectors), -1, np.float32)

    def show(self, at: int) -> None:
        """Count a candidate among the hits."""
        self._shown.append(self._vectors[at])
        self.alike = np.maximum(self.alike, self._vectors @ self._vectors[at])
