"""The client of one version, with what only a service asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
from PIL import Image

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder
from likewise.ingest.features import encode_pixels
from likewise.ingest.index import Record

from ..asking.options import SearchOptions
from ..asking.questions import Question
from ..client import SearchClient
from ..describe import Description, describe
from ..filtering.filters import Where
from ..hits import Hits


class ServedClient(SearchClient):
    """A client whose network and model are loaded ahead, and that takes features where others take pictures."""

    def probe(self) -> None:
        """Answer a search by id, or by what stands for one: it needs no model.

        Raises:
            StoreError: the version is damaged.
        """
        self.similar_to_vector(np.ones(self.manifest.index_dim), 1, probe="all")

    def load(self) -> None:
        """Load the model, and answer a search by features with it.

        Raises:
            LikewiseError: it is damaged.
        """
        self.similar_to_features_batch(np.ones((1, self.manifest.encoder.dim), np.float32), 1)

    def encoder(self) -> Encoder:
        """What makes features of pictures.

        Raises:
            IncompatibleError: it cannot be reproduced here.
        """
        return self._lazy.encoder()

    def describe_features(self, features: Float, top: int) -> Description:
        """`describe` for a picture that the encoder has already seen: its output, float32[D].

        Raises:
            ParameterError: the index's reducer learned no attributes.
        """
        return describe(self._lazy.model().reducer, features[None], top, self.manifest.schema)[0]

    def similar_by(self, product_id: str, features: Float, options: SearchOptions) -> Hits:
        """`similar`, but the product is asked for by other features float32[D], such as those of a part of its picture.

        Raises:
            NotFoundError: no such product in the index.
            ParameterError: an impossible option.
        """
        plan = self._plan(options)
        (record,) = self._records([product_id], with_vector=True)
        (part,) = self._lazy.point_vectors([features])
        asked = Question.of_record(record, self.payloads, include_self=options.include_self, instead=part)
        return self._answering.answer(plan, [asked])[0]

    def scroll(self, where: Where | None = None, *, with_vector: bool = False, batch: int = 1000) -> Iterator[Record]:
        """The products that meet the conditions, one by one, in the store's order; `batch` are read at once."""
        return self._reader.scroll(self._admitted(where), with_vector=with_vector, batch=batch)

    def action(self, rule: str) -> str:
        """What the merchandiser's rule of this name does; empty where there is none."""
        return next((each.action for each in self._rules.all if each.name == rule), "")


def load_network(encoder: Encoder, turn: AbstractContextManager[object]) -> None:
    """Have an encoder see a picture, so that the first one of a visitor does not wait for its network.

    Args:
        encoder: of a version.
        turn: held while it encodes, not while its network is loaded.

    Raises:
        WeightsError: its weights cannot be had.
    """
    pixels = encoder.prepare(Image.new("RGB", (64, 64)))
    with turn:
        encode_pixels([pixels], encoder)
