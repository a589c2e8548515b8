"""From options to the queries that a store answers, and from its answers to hits; nothing is read or sent here.

Whoever drives a plan, waiting or not, does what it says: find the clusters if it names a number of them, send its
requests to the reader, and hand the answers back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from likewise.ingest.arrays import Float
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Filter, Hit, Manifest, Query
from likewise.ingest.index.filters import OneOf, both
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
        clusters: number of the nearest clusters that a query looks into, None where it looks everywhere.
        exact: whether the query is compared with every product, without an index of neighbours.
        index_dim: width of the index vector in a point vector.
    """

    k: int
    filter: Filter
    score_threshold: float | None
    prior: float | None
    clusters: int | None
    exact: bool
    index_dim: int

    @classmethod
    def of(cls, options: SearchOptions, manifest: Manifest) -> Self:
        """Plan a search of the version that a manifest describes.

        Raises:
            ParameterError: a filter, a prior or a threshold that this index does not have.
        """
        everywhere = options.probe == "all" or options.probe >= max(len(manifest.clusters), 1)
        return cls(
            k=options.k,
            filter=parse_where(options.where, manifest.schema),
            score_threshold=_threshold(options, manifest),
            prior=_prior(options, manifest),
            clusters=None if options.probe == "all" or everywhere else options.probe,
            exact=options.probe == "all",
            index_dim=manifest.index_dim,
        )

    def index_vectors(self, vectors: Float) -> Float:
        """The index vectors float32[n, index_dim] in point vectors float32[n, vector_dim]; clusters go by them."""
        return np.ascontiguousarray(vectors[:, : self.index_dim])

    def requests(
        self,
        vectors: Float,
        clusters: Sequence[Sequence[str]] | None = None,
        exclude: Sequence[str] | None = None,
    ) -> tuple[Query, ...]:
        """One request to the store for each query.

        Args:
            vectors: point vectors float32[n, vector_dim] of the queries.
            clusters: the clusters that each query looks into, by their value in the payload; needed where
                `self.clusters` is a number.
            exclude: key of the point that each query leaves out, by default none.
        """
        weighted = vectors if self.prior is None else weighed(vectors, self.index_dim, self.prior)
        return tuple(
            Query(
                vector,
                self.k,
                self.filter if clusters is None else both(self.filter, OneOf("cluster", tuple(clusters[at]))),
                () if exclude is None else (exclude[at],),
                self.score_threshold,
                self.exact,
            )
            for at, vector in enumerate(weighted)
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
