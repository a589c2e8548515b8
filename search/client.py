"""SearchClient: the six products that look most like this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder, open_encoder
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Hit, Reader, Store, open_store
from likewise.ingest.model import check_matrix, cluster_label, unit_rows

from .describe import Description, describe
from .loading import LazyModel
from .lookup import Lookup
from .matched import with_pictures
from .options import SearchKeywords, SearchOptions
from .search_plan import SearchPlan

if TYPE_CHECKING:
    from .images import QueryImage

FILTERS = 1000
"""Filters whose matches by cluster are kept."""


class SearchClient(Lookup):
    """Searches one version of an index by cosine similarity.

    Every search takes the options of `SearchOptions` as keyword arguments, or as one object:

        client.similar("15970", 6, where={"gender": "Men"}, probe=2)
        client.similar("15970", options=SearchOptions(where={"gender": "Men"}, probe=2))

    Args:
        reader: an opened version; the client closes it.
        encoder: for searches by picture; by default the one that the manifest names, once a search needs it.

    Raises:
        IncompatibleError: `encoder` is not the one that built the index.
    """

    def __init__(self, reader: Reader, *, encoder: Encoder | None = None) -> None:
        super().__init__(reader)
        self._lazy = LazyModel(reader, encoder)
        # A version never changes, and visitors choose the same filters.
        self._counted = lru_cache(FILTERS)(lambda _, where: _texts(reader.facet(self.payloads.cluster, where)))
        self._opened = ExitStack()
        self._opened.callback(reader.close)

    @classmethod
    def open(
        cls,
        store: str | Path | Store,
        *,
        version: str | None = None,
        encoder: Encoder | None = None,
        weights: Path | None = None,
    ) -> Self:
        """Open the current version, or `version`, of the index at an address.

        Args:
            store: a folder or `http(s)://HOST:PORT/NAME`; a store that you opened stays open when the client closes.
            version: its name.
            encoder: see above.
            weights: your own checkpoint, for an index that was built with it; instead of `encoder`.

        Raises:
            StoreError: there is no index, or it is damaged.
            NotFoundError: no such version.
            IncompatibleError: a newer format, or another encoder.
            WeightsError: `weights` cannot be read.
        """
        with ExitStack() as opened:
            if isinstance(store, str | Path):
                store = opened.enter_context(closing(open_store(store)))
            reader = opened.enter_context(store.open(version))
            if weights is not None:
                encoder = open_encoder(reader.manifest.encoder, weights_file=weights)
            client = cls(reader, encoder=encoder)
            client._opened = opened.pop_all()
        return client

    def similar(self, product_id: str, k: int | None = None, **how: Unpack[SearchKeywords]) -> list[Hit]:
        """The `k` products (by default 6) most similar to an indexed one, best first.

        Raises:
            NotFoundError: no such product in the index.
            ParameterError: an impossible option.
        """
        return self.similar_batch([product_id], k, **how)[0]

    def similar_batch(
        self, product_ids: Sequence[str], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[list[Hit]]:
        """`similar` for several products in one call to the store."""
        chosen = SearchOptions.of(k, how)
        plan = SearchPlan.of(chosen, self.manifest)
        if not product_ids:
            return []
        # What is counted is kept for the search: both are one round trip, of two.
        records, _ = self._reader.together(
            partial(self._records, product_ids, with_vector=True), partial(self._matches, plan)
        )
        # A product is asked for by its main picture.
        vectors = np.stack([np.atleast_2d(each.vector)[0] for each in records if each.vector is not None])
        # The payload already names the nearest cluster: a search that needs no other one needs no model.
        own = [(self.payloads.clusters(record.payload)[0],) for record in records]
        return self._search(plan, vectors, own, None if chosen.include_self else product_ids)

    def similar_to_image(self, image: QueryImage, k: int | None = None, **how: Unpack[SearchKeywords]) -> list[Hit]:
        """The products most similar to a picture (a path, the bytes of an image file, or a PIL image).

        Raises:
            ImageError: the picture cannot be read.
            IncompatibleError: the index's encoder or model cannot be reproduced here.
            ParameterError: an impossible option.
        """
        return self.similar_to_image_batch([image], k, **how)[0]

    def similar_to_image_batch(
        self, images: Sequence[QueryImage], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[list[Hit]]:
        """`similar_to_image` for several pictures: encoded together, searched in one call."""
        plan = SearchPlan.of(SearchOptions.of(k, how), self.manifest)
        if not images:
            return []
        return self._search(plan, self._lazy.model().point_vectors(self._lazy.features(images)))

    def similar_to_vector(self, vector: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]) -> list[Hit]:
        """The products most similar to an index vector float[d], for example one from `vector(id)`.

        Raises:
            ParameterError: another width, NaN, or a prior: an index vector expects no attributes.
        """
        return self.similar_to_vector_batch(np.asarray(vector)[None], k, **how)[0]

    def similar_to_vector_batch(
        self, vectors: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[list[Hit]]:
        """`similar_to_vector` for float[n, d]."""
        chosen = SearchOptions.of(k, how)
        if chosen.prior:
            raise ParameterError("A search by vector expects no attributes; leave out the prior.")
        plan = SearchPlan.of(replace(chosen, prior=0.0), self.manifest)
        matrix = check_matrix(vectors, who="A search by vector", width=self.manifest.index_dim)
        points = np.zeros((len(matrix), self.manifest.vector_dim), np.float32)
        points[:, : self.manifest.index_dim] = unit_rows(matrix)
        return self._search(plan, points)

    def similar_to_features_batch(
        self, features: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[list[Hit]]:
        """`similar_to_image` for pictures that the index's encoder has already seen: its output, float[n, D]."""
        plan = SearchPlan.of(SearchOptions.of(k, how), self.manifest)
        matrix = check_matrix(features, who="A search by features", width=self.manifest.encoder.dim)
        return self._search(plan, self._lazy.model().point_vectors(matrix))

    def embed(self, images: Sequence[QueryImage]) -> Float:
        """Index vectors float32[n, d] of pictures, by the very path that indexed the catalog."""
        return self._lazy.model().index_vectors(self._lazy.features(images))

    def describe(self, image: QueryImage, top: int = 3) -> Description:
        """What a picture shows: attribute to its most probable values with their probabilities, best first.

        Raises:
            ParameterError: the index's reducer learned no attributes.
            ImageError: the picture cannot be read.
        """
        return describe(self._lazy.model().reducer, self._lazy.features([image]), top, self.manifest.schema)[0]

    def close(self) -> None:
        """Release the version, and the store if the client opened it."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _search(
        self,
        plan: SearchPlan,
        vectors: Float,
        own: Sequence[tuple[str]] | None = None,
        exclude: Sequence[str] | None = None,
    ) -> list[list[Hit]]:
        """Carry a plan out for point vectors float32[n, vector_dim].

        Args:
            plan: how to search.
            vectors: the queries.
            own: nearest cluster of each query, where it is known.
            exclude: product that each query leaves out.
        """
        clusters = self._clusters(plan, vectors, own, plan.k + (exclude is not None))
        requests = plan.requests(vectors, clusters, exclude)
        answers = plan.hits(self._reader.search(requests))
        if not self.manifest.several:
            return answers
        answers = self._filled(plan, vectors, clusters, exclude, answers)
        return with_pictures(self._reader, self.payloads, requests, answers)

    def _filled(
        self,
        plan: SearchPlan,
        vectors: Float,
        clusters: Sequence[tuple[str, ...] | None] | None,
        exclude: Sequence[str] | None,
        answers: list[list[Hit]],
    ) -> list[list[Hit]]:
        """Answers that are short because products with pictures in two clusters counted twice, asked for everywhere."""
        short = [at for at, hits in enumerate(answers) if len(hits) < plan.k and clusters and clusters[at] is not None]
        if not short:
            return answers
        left_out = None if exclude is None else [exclude[at] for at in short]
        again = plan.hits(self._reader.search(plan.requests(vectors[short], None, left_out)))
        for at, hits in zip(short, again, strict=True):
            answers[at] = hits
        return answers

    def _clusters(
        self, plan: SearchPlan, vectors: Float, own: Sequence[tuple[str]] | None, needed: int
    ) -> list[tuple[str, ...] | None] | None:
        """The clusters that each query looks into; the clusterer is loaded only if they have to be ranked."""
        if plan.clusters is None:
            return None
        matches = self._matches(plan)
        if sum(matches.values()) <= needed:
            return None
        near = plan.nearest(own or (), matches, needed)
        if near and None not in near:
            return near
        clusterer = self._lazy.clusterer()
        ranked = clusterer.rank(plan.index_vectors(vectors), clusterer.n_clusters_)
        return plan.nearest((map(cluster_label, row) for row in ranked), matches, needed)

    def _matches(self, plan: SearchPlan) -> Mapping[str, int]:
        """Number of products that meet the plan's filter in each cluster; empty where nobody asks."""
        if plan.clusters is None:
            return {}
        if plan.matches is not None:
            return plan.matches
        # By its text as well: a filter for 1 equals one for True.
        return self._counted(repr(plan.filter), plan.filter)


def _texts(facets: Mapping[Any, int]) -> dict[str, int]:
    return {str(value): count for value, count in facets.items()}
