"""Queries by picture alone: what a shopper's photo finds, asked of products whose answer is known.

A search by id uses the stored vector, which carries the product's own attributes where the index learned them: it is
told what it is asked for. A product's picture tells nothing but what it shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from likewise.ingest.encoders import EncoderSpec, open_encoder
from likewise.ingest.errors import LikewiseError
from likewise.ingest.features import FeatureCache, Features, encode_missing
from likewise.ingest.images import Picture
from likewise.ingest.user_cache import features_folder
from likewise.search import Hit, SearchClient, SearchOptions


class PictureQueries:
    """The features of products' pictures, from the cache; what it lacks is encoded.

    Args:
        spec: the encoder.
        pictures: content hash to picture.
        cache: folder of the cache, by default the user's.

    Attributes:
        encoded: how many had to be encoded.
        problem: why those that are missing could not be; empty where none is missing, or their files are gone.
    """

    def __init__(self, spec: EncoderSpec, pictures: Mapping[str, Picture], cache: Path | None = None) -> None:
        self.features = FeatureCache(cache or features_folder(), spec)
        self.encoded, self.problem = 0, ""
        if not self.features.has(list(pictures)).all():
            try:
                self.encoded = encode_missing(pictures, open_encoder(spec), self.features)
            except LikewiseError as error:
                self.problem = str(error)

    def known(self, contents: Mapping[str, str]) -> list[str]:
        """Of products, id to content hash, those whose features are there."""
        there = self.features.has(list(contents.values()))
        return [name for name, known in zip(contents, there, strict=True) if known]


def ask(
    client: SearchClient, contents: Mapping[str, str], features: Features, options: SearchOptions
) -> list[list[Hit]]:
    """The hits of products, id to content hash, asked by picture; none finds itself."""
    found = client.similar_to_features_batch(
        features.get(list(contents.values())), options=dataclasses.replace(options, k=options.k + 1)
    )
    return [[hit for hit in hits if hit.id != name][: options.k] for name, hits in zip(contents, found, strict=True)]
