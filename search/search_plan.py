"""From options to the queries that a store answers, and from its answers to hits; nothing is read or sent here.

Whoever drives a plan, waiting or not, does what it says: if it names a number of clusters, count the products that
match in each of them where the plan does not know that, and let it choose; send its requests to the reader, and hand
the answers back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Filter, Hit, Manifest, Query
from likewise.ingest.index.filters import EVERYTHING, OneOf, both
from likewise.ingest.model import weighed

from .filters import parse_where
from .options import SearchOptions


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How one version of an index is searched.

    Attributes:
        k: number of hits.
        filter: what every hit meets.
        score_threshold: least score of a hit, None where there is none.
        prior: weight of the attributes that vectors carry, None where they carry none.
        clusters: least number of the nearest clusters that a query looks into, None where it looks everywhere.
        matches: number of products that meet the filter in each cluster, None where the store has to count them.
        exact: whether the query is compared with every product, without an index of neighbours.
        index_dim: width of the index vector in a point vector.
        cluster: the payload key of the clusters.
    """

    k: int
    filter: Filter
    score_threshold: float | None
    prior: float | None
    clusters: int | None
    matches: Mapping[str, int] | None
    exact: bool
    index_dim: int
    cluster: str = "cluster"

    @classmethod
    def of(cls, options: SearchOptions, manifest: Manifest) -> Self:
        """Plan a search of the version that a manifest describes.

        Raises:
            ParameterError: a filter, a prior or a threshold that this index does not have.
        """
        everywhere = options.probe == "all" or options.probe >= max(len(manifest.clusters), 1)
        where = parse_where(options.where, manifest.schema)
        return cls(
            k=options.k,
            filter=where,
            score_threshold=_threshold(options, manifest),
            prior=_prior(options, manifest),
            clusters=None if options.probe == "all" or everywhere else options.probe,
            matches=manifest.clusters if where == EVERYTHING else None,
            exact=options.probe == "all",
            index_dim=manifest.index_dim,
            cluster=manifest.schema.key("cluster"),
        )

    def index_vectors(self, vectors: Float) -> Float:
        """The index vectors float32[n, index_dim] in point vectors float32[n, vector_dim]; clusters go by them."""
        return np.ascontiguousarray(vectors[:, : self.index_dim])

    def nearest(
        self, ranked: Iterable[Iterable[str]], matches: Mapping[str, int], needed: int
    ) -> list[tuple[str, ...] | None]:
        """The fewest nearest clusters that hold as many matches as a query needs, but at least `self.clusters`.

        Args:
            ranked: clusters nearest to each query, nearest first; perhaps not all of them.
            matches: number of products that meet the filter in each cluster.
            needed: matches that each query needs: `k`, and one more where a product is left out that may be one.

        Returns:
            The clusters of each query, by their value in the payload; None where the ranked ones hold too few.
        """
        return [self._first(row, matches, needed) for row in ranked]

    def _first(self, ranked: Iterable[str], matches: Mapping[str, int], needed: int) -> tuple[str, ...] | None:
        chosen: list[str] = []
        for cluster in ranked:
            chosen.append(cluster)
            needed -= matches.get(cluster, 0)
            if needed <= 0 and len(chosen) >= (self.clusters or 0):
                return tuple(chosen)
        return None

    def requests(
        self,
        vectors: Float,
        clusters: Sequence[tuple[str, ...] | None] | None = None,
        exclude: Sequence[str] | None = None,
    ) -> tuple[Query, ...]:
        """One request to the store for each query.

        Args:
            vectors: point vectors float32[n, vector_dim] of the queries.
            clusters: as from `nearest`; a query without them looks everywhere.
            exclude: key of the point that each query leaves out, by default none.
        """
        weighted = vectors if self.prior is None else weighed(vectors, self.index_dim, self.prior)
        chosen = clusters or [None] * len(weighted)
        return tuple(
            Query(
                vector,
                self.k,
                self.filter if within is None else both(self.filter, OneOf(self.cluster, within)),
                () if exclude is None else (exclude[at],),
                self.score_threshold,
                self.exact,
            )
            for at, (vector, within) in enumerate(zip(weighted, chosen, strict=True))
        )

    def hits(self, answers: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        """The store's answers to `requests` as at most `k` hits for each query, best first."""
        return [list(answer[: self.k]) for answer in answers]


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
