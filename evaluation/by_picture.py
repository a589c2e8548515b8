"""Queries by picture alone: what a shopper's photo finds, asked of products whose answer is known.

A search by id uses the stored vector, which carries the product's own attributes where the index learned them: it is
told what it is asked for. A product's picture tells nothing but what it shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from likewise.ingest.encoders import EncoderSpec, open_encoder
from likewise.ingest.errors import LikewiseError
from likewise.ingest.features import FeatureCache, Features, encode_missing
from likewise.ingest.images import Picture
from likewise.ingest.index import picture_source
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


def known(contents: Mapping[str, str], features: Features) -> dict[str, str]:
    """Of products, id to content hash, those whose features are there."""
    there = features.has(list(contents.values()))
    return {name: content for (name, content), each in zip(contents.items(), there, strict=True) if each}


def ask(
    client: SearchClient, contents: Mapping[str, str], features: Features, options: SearchOptions
) -> list[list[Hit]]:
    """The hits of products, id to content hash, asked by picture; none finds itself."""
    found = client.similar_to_features_batch(
        features.get(list(contents.values())), options=dataclasses.replace(options, k=options.k + 1)
    )
    return [[hit for hit in hits if hit.id != name][: options.k] for name, hits in zip(contents, found, strict=True)]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Products of an index that its model was not fitted on, with what is needed to ask by their pictures.

    Attributes:
        contents: id to content hash.
        features: of their pictures.
    """

    contents: Mapping[str, str]
    features: Features


def find_held_back(client: SearchClient, cache: Path | None = None) -> tuple[HeldBack | None, str]:
    """The products that the model of an index was not fitted on; None, and why, where they cannot be asked.

    Args:
        client: of the index; one that learned attributes.
        cache: folder of the cache of features, by default the user's; what it lacks is encoded where the catalog is.
    """
    manifest = client.manifest
    capabilities, keys = manifest.capabilities, client.payloads
    payloads = [each for each in client.products() if capabilities.unseen(keys.contents(each)[0])]
    if not payloads:
        return None, "the model held no product back"
    source = picture_source(manifest)
    pictures = {keys.contents(each)[0]: Picture(keys.images(each)[0], source) for each in payloads}
    queries = PictureQueries(manifest.encoder, pictures, cache)
    contents = {str(each[keys.id]): keys.contents(each)[0] for each in payloads}
    there = known(contents, queries.features)
    if not there:
        where = queries.problem or f"their pictures are not in {manifest.catalog or 'any catalog that is named'}"
        return None, f"the features of those that it held back are not in the cache, and {where}"
    return HeldBack(there, queries.features), ""
