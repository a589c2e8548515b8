"""From options to the queries that a store answers; nothing is read or sent here.

Whoever drives a plan, waiting or not, does what it says: if it names a number of clusters, count the products that
match in each of them where the plan does not know that, and let it choose; send its queries to the reader, and put what
comes back in the plan's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Examples, Filter, Manifest, Query
from likewise.ingest.index.filters import EVERYTHING, Not, OneOf, both
from likewise.ingest.model import weighed

from ..filtering.conditions import check_key
from ..filtering.filters import Condition, conditions
from ..ordering.arrange import WINDOW, Order
from ..ordering.rules import Rules
from .options import MAX_K, SearchOptions, Strategy
from .questions import Question


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How one version of an index is searched.

    Attributes:
        k, offset: number of hits, and how many come before them.
        conditions: what every hit meets, as the search asks for it.
        standing: what every hit meets whatever a search asks for.
        banned: ids of products that are never hits.
        score_threshold: least score of a hit, None where there is none.
        prior: weight of the attributes that vectors carry, None where they carry none.
        clusters: least number of the nearest clusters that a query looks into, None where it looks everywhere.
        exact: whether the query is compared with every product, without an index of neighbours.
        strategy: how several examples are scored.
        order: in which order hits are shown.
        index_dim: width of the index vector in a point vector.
        cluster: the payload key of the clusters.
        fallback: whether conditions may be left out to find `k` products.
        standing_rules: names of the merchandiser's rules that stand for every search.
        filter: the conditions and what stands, as one.
    """

    k: int
    offset: int
    conditions: tuple[Condition, ...]
    standing: Filter
    banned: tuple[str, ...]
    score_threshold: float | None
    prior: float | None
    clusters: int | None
    exact: bool
    strategy: Strategy
    order: Order
    index_dim: int
    cluster: str = "cluster"
    fallback: bool = False
    standing_rules: tuple[str, ...] = ()
    filter: Filter = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filter", both(*(each.filter for each in self.conditions), self.standing))

    @classmethod
    def of(
        cls, options: SearchOptions, manifest: Manifest, standing: Filter = EVERYTHING, rules: Rules | None = None
    ) -> Self:
        """Plan a search of the version that a manifest describes.

        Args:
            options: of the search.
            manifest: of the version.
            standing: what hits meet in any case.
            rules: the merchandiser's.

        Raises:
            ParameterError: a filter, a prior, a threshold, a group or a boost that this index does not have.
        """
        everywhere = options.probe == "all" or options.probe >= max(len(manifest.clusters), 1)
        rules = rules or Rules()
        return cls(
            k=options.k,
            offset=options.offset,
            conditions=conditions(options.where, manifest.schema),
            standing=both(standing, *(Not(each) for each in rules.hidden)),
            banned=rules.banned,
            score_threshold=_threshold(options, manifest),
            prior=_prior(options, manifest),
            clusters=None if options.probe == "all" or everywhere else options.probe,
            exact=options.probe == "all",
            strategy=options.strategy,
            order=_order(options, manifest, rules),
            index_dim=manifest.index_dim,
            cluster=manifest.schema.key("cluster"),
            fallback=options.fallback,
            standing_rules=rules.standing,
        )

    @property
    def window(self) -> int:
        """Number of candidates that are put in order together."""
        # Where none overtakes another, it is no more than what is read at once.
        return max(WINDOW, self.k) if self.order.overtakes else 4 * self.k

    def without(self, conditions: Sequence[Condition], k: int) -> Self:
        """The plan for `k` hits without some of its conditions."""
        return replace(self, k=k, conditions=tuple(each for each in self.conditions if each not in conditions))

    def next_page(self, found: int) -> int | None:
        """Where the page begins that follows one of so many hits; None where there is none."""
        offset = self.offset + self.k
        return offset if found == self.k and offset <= MAX_K else None

    def index_vectors(self, vectors: Float) -> Float:
        """The index vectors float32[n, index_dim] in point vectors float32[n, vector_dim]; clusters go by them."""
        return np.ascontiguousarray(vectors[:, : self.index_dim])

    def nearest(self, ranked: Iterable[str], matches: Mapping[str, int], needed: int) -> tuple[str, ...] | None:
        """The fewest nearest clusters that hold as many matches as a query needs, but at least `self.clusters`.

        Args:
            ranked: clusters, nearest first, by their value in the payload; perhaps not all of them.
            matches: number of products that meet the filter in each cluster.
            needed: matches that the query needs: `k`, and one more for each product that is left out and may be one.

        Returns:
            The clusters; None where the ranked ones hold too few.
        """
        chosen: list[str] = []
        for cluster in ranked:
            chosen.append(cluster)
            needed -= matches.get(cluster, 0)
            if needed <= 0 and len(chosen) >= (self.clusters or 0):
                return tuple(chosen)
        return None

    def query(
        self,
        question: Question,
        within: Sequence[Filter] = (),
        limit: int | None = None,
        offset: int = 0,
        exclude: tuple[str, ...] = (),
    ) -> Query:
        """The question as a store is asked.

        Args:
            question: what to search for.
            within: further conditions, such as the clusters to look into.
            limit: number of products, by default `k`.
            offset: how many of the nearest to pass over.
            exclude: ids of further products that are no hits.
        """
        return Query(
            self._target(question),
            self.k if limit is None else limit,
            both(self.filter, *within) if within else self.filter,
            (*question.exclude, *self.banned, *exclude),
            self.score_threshold,
            self.exact,
            offset,
            self.order.needs_vectors,
        )

    def within(self, clusters: tuple[str, ...] | None) -> tuple[Filter, ...]:
        """The condition that products lie in one of these clusters; none for None."""
        return () if clusters is None else (OneOf(self.cluster, clusters),)

    def beyond(self, clusters: tuple[str, ...]) -> tuple[Filter, ...]:
        """The condition that products lie in none of these clusters."""
        return (Not(OneOf(self.cluster, clusters)),)

    def score(self, question: Question, vector: Float) -> float:
        """What a store would score the product with this point vector float32[vector_dim]."""
        target = self._target(question)
        if not isinstance(target, Examples):
            return float(target @ vector)
        liked, disliked = target.liked @ vector, target.disliked @ vector
        if target.strategy == "sum_scores":
            return float(liked.sum() - disliked.sum())
        nearest, farthest = float(liked.max()), float(disliked.max(initial=-np.inf))
        return nearest if nearest > farthest else -farthest

    def _target(self, question: Question) -> Float | Examples:
        liked, disliked = (self._weighed(rows) for rows in (question.liked, question.disliked))
        if len(liked) == 1 and not len(disliked):
            return np.asarray(liked[0])
        if self.strategy != "average_vector":
            return Examples(liked, disliked, self.strategy)
        # Twice the mean of what is liked without the mean of what is not, as Qdrant defines it.
        mean = 2 * liked.mean(axis=0) - disliked.mean(axis=0) if len(disliked) else liked.mean(axis=0)
        length = float(np.linalg.norm(mean[: self.index_dim]))
        usual = float(np.linalg.norm(liked[0, : self.index_dim]))
        return np.asarray(mean * (usual / length if length > 0 else 1.0), np.float32)

    def _weighed(self, vectors: Float) -> Float:
        return vectors if self.prior is None else weighed(vectors, self.index_dim, self.prior)


def _order(options: SearchOptions, manifest: Manifest, rules: Rules) -> Order:
    schema = manifest.schema
    for boost in options.boosts:
        boost.check(schema)
    if options.group_by is not None:
        check_key(options.group_by, schema)
        if schema.type_of(options.group_by) in ("list", "datetime"):
            raise ParameterError(
                f"Hits cannot be grouped by {options.group_by!r}, a column of type {schema.type_of(options.group_by)}."
            )
    return Order(options.diversity, options.group_by, options.distinct, options.boosts, rules.arranging)


def _prior(options: SearchOptions, manifest: Manifest) -> float | None:
    own = manifest.capabilities.prior
    if own is None and options.prior:
        raise ParameterError(
            f"The index was built with the reducer {manifest.reducer.name!r}, which learns no attributes; a prior "
            "needs one built with `--reducer attributes`."
        )
    return own if own is None or options.prior is None else options.prior


def _threshold(options: SearchOptions, manifest: Manifest) -> float | None:
    if options.score_threshold != "confident":
        return options.score_threshold
    if manifest.capabilities.threshold is None:
        raise ParameterError(f"The reducer {manifest.reducer.name!r} has no calibrated threshold; give a number.")
    if options.prior is not None:
        raise ParameterError("The confident threshold was calibrated for the index's own prior; leave out the prior.")
    return manifest.capabilities.threshold
