"""SearchClient: the six products that look most like this one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder, open_encoder
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Reader, Store, open_store
from likewise.ingest.model import check_matrix, unit_rows

from .answering import Answering
from .asking.examples import Example, question_of
from .asking.options import SearchKeywords, SearchOptions
from .asking.plans import Plans
from .asking.questions import Question
from .asking.search_plan import SearchPlan
from .describe import Description, describe
from .filtering.filters import Where
from .hits import Hits
from .loading import LazyModel
from .lookup import Lookup
from .ordering.rules import Rules

if TYPE_CHECKING:
    from .asking.images import QueryImage
    from .asking.rectangle import Rectangle


class SearchClient(Lookup):
    """Searches one version of an index by cosine similarity.

    Every search takes the options of `SearchOptions` as keyword arguments, or as one object:

        client.similar("15970", 6, where={"gender": "Men"}, probe=2)
        client.similar("15970", options=SearchOptions(where={"gender": "Men"}, probe=2))

    An answer is a list of hits that also tells where the next page begins, why it is short, and which rules it
    followed: see `Hits`.

    Args:
        reader: an opened version; the client closes it.
        encoder: for searches by picture; by default the one that the manifest names, once a search needs it.
        always: what products meet to be found at all, whatever a search asks for.
        rules: a merchandiser's file, see `likewise.search.ordering.rules`, or what was read from one.

    Raises:
        IncompatibleError: `encoder` is not the one that built the index.
        ParameterError: `always` or `rules` are none for this index.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        encoder: Encoder | None = None,
        always: Where | None = None,
        rules: Path | Rules | None = None,
    ) -> None:
        super().__init__(reader, always=always)
        self._rules = Rules.read(rules, reader.manifest.schema) if isinstance(rules, Path) else rules or Rules()
        self._lazy = LazyModel(reader, encoder)
        self._answering = Answering(reader, self._lazy)
        self._plans = Plans(reader.manifest, self._always, self._rules)
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
        stand_in: bool = False,
        always: Where | None = None,
        rules: Path | Rules | None = None,
        warm: bool = True,
    ) -> Self:
        """Open the current version, or `version`, of the index at an address.

        Args:
            store: a folder or `http(s)://HOST:PORT/NAME`; a store that you opened stays open when the client closes.
            version: its name.
            encoder: see above.
            weights: your own checkpoint, for an index that was built with it; instead of `encoder`.
            stand_in: of an index in int8, encode pictures in fp32 where OpenVINO is not installed, if the two agree.
            always: see above.
            rules: see above.
            warm: read a large folder's files ahead, half a second at most; without, a single search is sooner done.

        Raises:
            StoreError: there is no index, or it is damaged.
            NotFoundError: no such version.
            IncompatibleError: a newer format, or another encoder.
            WeightsError: `weights` cannot be read.
            ParameterError: `always` or `rules` are none for this index.
        """
        with ExitStack() as opened:
            if isinstance(store, str | Path):
                store = opened.enter_context(closing(open_store(store)))
            reader = opened.enter_context(store.open(version))
            if encoder is None and (weights is not None or stand_in):
                encoder = open_encoder(reader.manifest.encoder, weights_file=weights, stand_in=stand_in)
            if warm:
                reader.warm()
            client = cls(reader, encoder=encoder, always=always, rules=rules)
            client._opened = opened.pop_all()
        return client

    def similar(self, product_id: str, k: int | None = None, **how: Unpack[SearchKeywords]) -> Hits:
        """The `k` products (by default 6) most similar to an indexed one, best first.

        Raises:
            NotFoundError: no such product in the index.
            ParameterError: an impossible option.
        """
        return self.similar_batch([product_id], k, **how)[0]

    def similar_batch(
        self, product_ids: Sequence[str], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar` for several products in one call to the store.

        With a `rectangle`, by that part of their main pictures, which are read where the catalog has them.
        """
        options = SearchOptions.of(k, how)
        plan = self._plan(options)
        if not product_ids:
            return []
        # What is counted is kept for the search: both are one round trip, of two.
        records, _ = self._reader.together(
            partial(self._records, product_ids, with_vector=True), partial(self._answering.matches, plan)
        )
        parts: Sequence[Float | None] = [None] * len(records)
        if options.part is not None:
            images = [self.payloads.images(each.payload)[0] for each in records]
            parts = list(self._lazy.indexed_vectors(images, options.part))
        questions = [
            Question.of_record(each, self.payloads, include_self=options.include_self, instead=part)
            for each, part in zip(records, parts, strict=True)
        ]
        return self._answering.answer(plan, questions)

    def similar_to_image(self, image: QueryImage, k: int | None = None, **how: Unpack[SearchKeywords]) -> Hits:
        """The products most similar to a picture (a path, the bytes of an image file, or a PIL image).

        Raises:
            ImageError: the picture cannot be read.
            IncompatibleError: the index's encoder or model cannot be reproduced here.
            ParameterError: an impossible option.
        """
        return self.similar_to_image_batch([image], k, **how)[0]

    def similar_to_image_batch(
        self, images: Sequence[QueryImage], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar_to_image` for several pictures: encoded together, searched in one call."""
        options = SearchOptions.of(k, how)
        plan = self._plan(options)
        if not images:
            return []
        return self._answering.answer(plan, Question.of_vectors(self._lazy.point_vectors(images, options.part)))

    def recommend(
        self,
        liked: Sequence[Example],
        disliked: Sequence[Example] = (),
        k: int | None = None,
        **how: Unpack[SearchKeywords],
    ) -> Hits:
        """The products most like some examples and unlike others, such as those of a shopper's session.

        Args:
            liked: ids of products, and pictures (a Path, the bytes of an image file, a PIL image, or features);
                at least one.
            disliked: the same; none is needed.
            k: number of hits, by default 6.
            how: options; `strategy` says how examples are weighed.

        Raises:
            NotFoundError: no such product in the index.
            ImageError: a picture cannot be read.
            ParameterError: nothing is liked, or an impossible option.
        """
        plan = self._plan(options := SearchOptions.of(k, how))
        read, encode = partial(self._records, with_vector=True), partial(self._lazy.point_vectors, part=options.part)
        question = question_of(liked, disliked, read, encode, self.payloads)
        if options.include_self:
            question = replace(question, exclude=(), excluded=())
        return self._answering.answer(plan, [question])[0]

    def similar_to_vector(self, vector: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]) -> Hits:
        """The products most similar to an index vector float[d], for example one from `vector(id)`.

        Raises:
            ParameterError: another width, NaN, or a prior: an index vector expects no attributes.
        """
        return self.similar_to_vector_batch(np.asarray(vector)[None], k, **how)[0]

    def similar_to_vector_batch(
        self, vectors: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar_to_vector` for float[n, d]."""
        chosen = SearchOptions.of(k, how)
        if chosen.prior:
            raise ParameterError("A search by vector expects no attributes; leave out the prior.")
        plan = self._plan(replace(chosen, prior=0.0))
        matrix = check_matrix(vectors, who="A search by vector", width=self.manifest.index_dim)
        points = np.zeros((len(matrix), self.manifest.vector_dim), np.float32)
        points[:, : self.manifest.index_dim] = unit_rows(matrix)
        return self._answering.answer(plan, Question.of_vectors(points))

    def similar_to_features_batch(
        self, features: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar_to_image` for pictures that the index's encoder has already seen: its output, float[n, D]."""
        plan = self._plan(SearchOptions.of(k, how))
        matrix = check_matrix(features, who="A search by features", width=self.manifest.encoder.dim)
        return self._answering.answer(plan, Question.of_vectors(self._lazy.model().point_vectors(matrix)))

    def features(self, images: Sequence[QueryImage], rectangle: Rectangle | None = None) -> Float:
        """Features float32[n, D] of pictures, or of a part of each, as `similar_to_features_batch` takes them."""
        return self._lazy.features(images, rectangle)

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

    def _plan(self, options: SearchOptions) -> SearchPlan:
        return self._plans.of(options)
