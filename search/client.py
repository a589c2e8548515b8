"""SearchClient: the six products that look most like this one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.errors import IncompatibleError, NotFoundError
from likewise.ingest.index.manifest import Manifest
from likewise.ingest.index.stores import Hit, Query, Reader, Record, Store, open_store
from likewise.ingest.model.estimator import check_matrix, unit_rows
from likewise.ingest.model.model import Model

from .describe import Description, describe
from .filters import Where, parse_where
from .search_plan import Probe, Threshold, check_question, cluster_conditions, least_score, weigh

if TYPE_CHECKING:
    from PIL import Image

    from likewise.ingest.encoders.base import Encoder


class SearchClient:
    """Searches one version of an index by cosine similarity.

    Args:
        reader: an opened version; the client closes it.
        encoder: for searches by image when the index was built with one's own checkpoint; by default the
            encoder that the manifest names is created at the first search by image.

    Raises:
        IncompatibleError: `encoder` is not the one that built the index.
    """

    def __init__(self, reader: Reader, *, encoder: Encoder | None = None) -> None:
        self._reader = reader
        self._given_encoder = encoder
        if encoder is not None:
            self._check_encoder(encoder)

    @classmethod
    def open(cls, store: str | Path | Store, *, version: str | None = None, encoder: Encoder | None = None) -> Self:
        """Open the current version, or `version`, of the index at an address.

        Raises:
            StoreError: there is no index, or it is damaged.
            NotFoundError: no such version.
            IncompatibleError: a newer format, or another encoder.
        """
        opened = open_store(store) if isinstance(store, str | Path) else store
        return cls(opened.open(version), encoder=encoder)

    @property
    def manifest(self) -> Manifest:
        """What built the version that this client reads."""
        return self._reader.manifest

    def similar(
        self,
        product_id: str,
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        include_self: bool = False,
        score_threshold: Threshold = None,
        prior: float | None = None,
    ) -> list[Hit]:
        """The `k` products most similar to an indexed one, best first.

        Args:
            product_id: the catalog's id.
            k: number of hits, at least 1; fewer come back when fewer qualify.
            where: conditions on the payload, see `likewise.search.filters`.
            probe: how many of the nearest clusters to look into; 1 is the study's own, "all" is exact.
            include_self: also return the product itself.
            score_threshold: least score of a hit, or "confident": as good as the catalog's own products nearly
                always have; known to an index whose reducer learned attributes.
            prior: for such an index, the weight of expected attributes, from 0 (plain cosine) to 1 (the share that
                is expected to be equal). Default: the index's own. A filter always wins over it.

        Raises:
            NotFoundError: no such product in the index.
            ParameterError: an impossible k, probe, filter or threshold.
        """
        return self.similar_batch(
            [product_id],
            k,
            where=where,
            probe=probe,
            include_self=include_self,
            score_threshold=score_threshold,
            prior=prior,
        )[0]

    def similar_batch(
        self,
        product_ids: Sequence[str],
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        include_self: bool = False,
        score_threshold: Threshold = None,
        prior: float | None = None,
    ) -> list[list[Hit]]:
        """`similar` for several products in one call to the store."""
        if not product_ids:
            return []
        records = self._records(product_ids)
        stored = np.stack([record.vector for record in records if record.vector is not None])
        # The payload already names the nearest cluster: the usual search needs no model.
        own = [record.payload["cluster"] for record in records] if probe == 1 else None
        answers = self._search(stored, k, where, probe, score_threshold, prior, own, spare=not include_self)
        if include_self:
            return answers
        return [[hit for hit in hits if hit.id != record.id][:k] for record, hits in zip(records, answers, strict=True)]

    def similar_to_image(
        self,
        image: str | Path | bytes | Image.Image,
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        score_threshold: Threshold = None,
        prior: float | None = None,
    ) -> list[Hit]:
        """The `k` products most similar to a picture (a path, the bytes of an image file, or a PIL image).

        Raises:
            ImageError: the picture cannot be read.
            IncompatibleError: the index's encoder or model cannot be reproduced here.
        """
        return self.similar_to_image_batch(
            [image], k, where=where, probe=probe, score_threshold=score_threshold, prior=prior
        )[0]

    def similar_to_image_batch(
        self,
        images: Sequence[str | Path | bytes | Image.Image],
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        score_threshold: Threshold = None,
        prior: float | None = None,
    ) -> list[list[Hit]]:
        """`similar_to_image` for several pictures: encoded together, searched in one call."""
        if not images:
            return []
        return self._search(self._model.place(self._features(images)), k, where, probe, score_threshold, prior)

    def similar_to_vector(
        self,
        vector: NDArray[Any],
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        score_threshold: Threshold = None,
    ) -> list[Hit]:
        """The `k` products most similar to an index vector float[d], for example one from `vector(id)`."""
        matrix = np.asarray(vector)[None]
        return self.similar_to_vector_batch(matrix, k, where=where, probe=probe, score_threshold=score_threshold)[0]

    def similar_to_vector_batch(
        self,
        vectors: NDArray[Any],
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        score_threshold: Threshold = None,
    ) -> list[list[Hit]]:
        """`similar_to_vector` for float[n, d]."""
        matrix = check_matrix(vectors, who="A search by vector", width=self.manifest.dim)
        stored = np.zeros((len(matrix), self.manifest.stored), np.float32)
        stored[:, : self.manifest.dim] = unit_rows(matrix)
        return self._search(stored, k, where, probe, score_threshold, 0.0)

    def similar_to_features_batch(
        self,
        features: NDArray[Any],
        k: int = 6,
        *,
        where: Where | None = None,
        probe: Probe = 1,
        score_threshold: Threshold = None,
        prior: float | None = None,
    ) -> list[list[Hit]]:
        """`similar_to_image` for pictures that the index's encoder has already seen: its output, float[n, D]."""
        matrix = check_matrix(features, who="A search by features", width=self.manifest.features)
        return self._search(self._model.place(matrix), k, where, probe, score_threshold, prior)

    def embed(self, images: Sequence[str | Path | bytes | Image.Image]) -> Float:
        """Index vectors float32[n, d] of pictures, by the very path that indexed the catalog."""
        return self._model.reduce(self._features(images))

    def describe(self, image: str | Path | bytes | Image.Image, top: int = 3) -> Description:
        """What a picture shows: attribute to its most probable values with their probabilities, best first.

        Raises:
            ParameterError: the index's reducer learned no attributes.
            ImageError: the picture cannot be read.
        """
        return describe(self._model.reducer, self._features([image]), top)[0]

    def _features(self, images: Sequence[str | Path | bytes | Image.Image]) -> Float:
        from likewise.ingest.features.encode import embed_images

        from .images import open_query

        pixels = [self._encoder.prepare(open_query(image)) for image in images]
        return embed_images(pixels, self._encoder)

    def get(self, product_id: str) -> dict[str, Any]:
        """The payload of a product.

        Raises:
            NotFoundError: no such product in the index.
        """
        return self.get_batch([product_id])[0]

    def get_batch(self, product_ids: Sequence[str]) -> list[dict[str, Any]]:
        """`get` for several products in one call to the store."""
        return [record.payload for record in self._records(product_ids, with_vector=False)]

    def vector(self, product_id: str) -> Float:
        """The index vector float32[d] of a product."""
        vector = self._records([product_id])[0].vector
        return np.asarray(vector)[: self.manifest.dim]

    def count(self, where: Where | None = None) -> int:
        """Number of products that meet the conditions."""
        return self._reader.count(parse_where(where))

    def products(self, where: Where | None = None) -> list[dict[str, Any]]:
        """Payloads of all products that meet the conditions."""
        return [record.payload for record in self._reader.scroll(parse_where(where))]

    def close(self) -> None:
        """Release the store."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _model(self) -> Model:
        return self._reader.model()

    @cached_property
    def _encoder(self) -> Encoder:
        if self._given_encoder is not None:
            return self._given_encoder
        from likewise.ingest.encoders.base import create_encoder

        encoder = create_encoder(self._model.encoder.name, precision=self._model.encoder.precision)
        self._check_encoder(encoder)
        return encoder

    def _check_encoder(self, encoder: Encoder) -> None:
        manifest = self.manifest
        for field, expected, found in (
            ("encoder", manifest.encoder, encoder.name),
            ("encoder_fingerprint", manifest.encoder_fingerprint, encoder.fingerprint),
            ("features", manifest.features, encoder.dim),
        ):
            if expected != found:
                raise IncompatibleError(
                    field, expected, found, f"Version {manifest.version} needs the encoder that built it."
                )

    def _records(self, product_ids: Sequence[str], *, with_vector: bool = True) -> list[Record]:
        records = self._reader.retrieve(product_ids, with_vector=with_vector)
        for product_id, record in zip(product_ids, records, strict=True):
            if record is None:
                raise NotFoundError(
                    f"There is no product {product_id!r} in version {self.manifest.version} "
                    f"({self.manifest.products} products); `likewise ingest` the catalog that has it."
                )
        return [record for record in records if record is not None]

    def _search(
        self,
        stored: Float,
        k: int,
        where: Where | None,
        probe: Probe,
        score_threshold: Threshold,
        prior: float | None,
        own: Sequence[str] | None = None,
        *,
        spare: bool = False,
    ) -> list[list[Hit]]:
        """Search by vectors as they are stored, float32[n, width]."""
        threshold = least_score(self.manifest, score_threshold, prior)
        check_question(k, probe, threshold)
        conditions = parse_where(where)
        look = np.ascontiguousarray(stored[:, : self.manifest.dim])
        clusters = cluster_conditions(
            len(look), len(self.manifest.clusters), probe, own, lambda count: self._model.clusterer.rank(look, count)
        )
        queries = [
            Query(vector, k + spare, conditions + cluster, score_threshold=threshold, exact=probe == "all")
            for vector, cluster in zip(weigh(self.manifest, stored, prior), clusters, strict=True)
        ]
        return self._reader.search(queries)
