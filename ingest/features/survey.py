"""Which pictures of a catalog an encoder would have to see, found without an encoder and without writing anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..catalog import Catalog
from ..encoders import EncoderSpec
from ..images import DECODE_SIDE, Picture, content_hash, open_image
from ..progress import Progress
from ..spool import Chained
from .cache import FeatureCache, Features
from .encode import joined, open_products
from .encoded import EncodedCatalog

AHEAD = 64
"""Products whose pictures are opened before they are counted."""


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Features that lie in several caches."""

    caches: Sequence[Features]

    def has(self, contents: Sequence[str]) -> NDArray[np.bool_]:
        """See `Features`."""
        return np.asarray(np.logical_or.reduce([each.has(contents) for each in self.caches]), bool)

    def get(self, contents: Sequence[str]) -> Float:
        """See `Features`."""
        first, *others = self.caches
        if not others:
            return first.get(contents)
        here = first.has(contents)
        rest = Anywhere(others).get([content for content, known in zip(contents, here, strict=True) if not known])
        found = np.empty((len(contents), rest.shape[1]), np.float32)
        found[here] = first.get([content for content, known in zip(contents, here, strict=True) if known])
        found[~here] = rest
        return found


@dataclass(frozen=True, slots=True)
class Survey:
    """A catalog as a run would find it.

    Attributes:
        catalog: its usable products; `encoded` counts the pictures that an encoder would have to see.
        missing: some of these.
    """

    catalog: EncodedCatalog
    missing: Sequence[Picture]

    @property
    def encoded(self) -> EncodedCatalog:
        """The products whose features are there."""
        has = self.catalog.features.has
        return self.catalog.where(lambda item: bool(has(item.contents).all()))


@dataclass(frozen=True, slots=True)
class _Looked:
    content: str
    picture: Picture
    missing: bool


def survey_catalog(
    catalog: Catalog, encoder: EncoderSpec, caches: Sequence[Path], progress: Progress, *, most: int
) -> Survey:
    """Read every picture of a catalog, and decode those whose features are in none of the caches.

    Args:
        catalog: that was read.
        encoder: what would encode.
        caches: folders of features.
        progress: told about each product.
        most: missing pictures that are returned.
    """
    features = Anywhere([FeatureCache(folder, encoder, create=False) for folder in caches])
    missing: set[bytes] = set()
    some: list[Picture] = []

    def look(picture: Picture) -> _Looked:
        data = picture.read()
        content = content_hash(data)
        known = bool(features.has([content])[0])
        if not known:
            open_image(data, side=DECODE_SIDE)
        return _Looked(content, picture, not known)

    def take(pictures: Sequence[_Looked]) -> tuple[str, ...]:
        for each in pictures:
            content = bytes.fromhex(each.content)
            if each.missing and content not in missing:
                missing.add(content)
                if len(some) < most:
                    some.append(each.picture)
        return tuple(each.content for each in pictures)

    with progress.stage("look at pictures", len(catalog.products)) as advance:
        items, rejects, warnings = open_products(catalog.at_hand(), look, take, AHEAD, advance)
    found = joined(catalog, items, rejects, features, encoder, len(missing))
    found = dataclasses.replace(found, warnings=Chained(found.warnings, warnings))
    return Survey(found, some)
