"""Pictures to feature vectors: read, hash, decode and encode, each stage overlapping the next.

Only what the cache of features lacks is decoded and encoded. Memory stays bounded by a few batches of pixels,
whatever the length of the catalog.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from ..catalog import Catalog, Product, Reject, spool_rejects
from ..encoders import Encoder, EncoderSpec
from ..errors import ImageError
from ..images import DECODE_SIDE, Picture, content_hash, open_image
from ..progress import Advance, Progress
from ..spool import Chained, Spool
from ..threads import thread_count
from .batches import Batches, Pixels
from .cache import FeatureCache, Features
from .encoded import EncodedCatalog, EncodedProduct, spool_items

T = TypeVar("T")


def encode_catalog(
    catalog: Catalog, encoder: Encoder, cache: FeatureCache, *, batch_size: int, progress: Progress
) -> EncodedCatalog:
    """Bring the features of every readable picture of a catalog into the cache.

    Features are durable soon after they are made: an interrupted run repeats the few batches that are under way.
    """
    batches = Batches(encoder, cache, batch_size)

    def take(pictures: Sequence[_Opened]) -> tuple[str, ...]:
        for each in pictures:
            if each.pixels is not None:
                batches.add(each.content, each.pixels)
        return tuple(each.content for each in pictures)

    with progress.stage("encode", len(catalog.products)) as advance, batches:
        items, rejects, warnings = open_products(
            catalog.at_hand(), partial(_open, encoder=encoder, cache=cache), take, 2 * batch_size, advance
        )
    found = joined(catalog, items, rejects, cache, encoder.spec, batches.encoded)
    return dataclasses.replace(found, warnings=Chained(found.warnings, warnings))


def open_products(
    products: Iterable[Product],
    open_one: Callable[[Picture], T],
    take: Callable[[Sequence[T]], tuple[str, ...]],
    ahead: int,
    advance: Advance,
) -> tuple[Spool[EncodedProduct], Spool[Reject], Spool[Reject]]:
    """Open the pictures of all products on several threads, in order, and take them one product after the other.

    A product of whose pictures some cannot be opened goes on with the others.

    Args:
        products: to open.
        open_one: opens a picture; called on other threads.
        take: what is done with the opened pictures of a product, whose content hashes it returns.
        ahead: most products that are opened before they are taken.
        advance: told about each product.

    Returns:
        The products, the rejects, and the pictures that were left out.
    """
    items, rejects, warnings = spool_items(), spool_rejects(), spool_rejects()
    for product, opened in _open_all(products, open_one, ahead):
        broken = [
            Reject(product.id, found.reason, found.detail, picture.ref, product.row)
            for picture, found in zip(product.pictures, opened, strict=True)
            if isinstance(found, ImageError)
        ]
        whole = [each for each in opened if not isinstance(each, ImageError)]
        if whole:
            left = [
                picture
                for picture, found in zip(product.pictures, opened, strict=True)
                if not isinstance(found, ImageError)
            ]
            warnings.extend(broken)
            items.append(EncodedProduct(dataclasses.replace(product, pictures=tuple(left)), take(whole)))
        else:
            rejects.extend(broken[:1])
        advance(1)
    return items, rejects, warnings


def joined(
    catalog: Catalog,
    items: Sequence[EncodedProduct],
    rejects: Sequence[Reject],
    features: Features,
    encoder: EncoderSpec,
    encoded: int,
) -> EncodedCatalog:
    """A catalog with the products that could be opened, and the rejects of reading and of opening."""
    return EncodedCatalog(
        items,
        features,
        encoder,
        catalog.schema,
        catalog.pictures,
        str(catalog.root.resolve()),
        Chained(catalog.rejects, rejects),
        catalog.rows,
        encoded,
        catalog.warnings,
        catalog.recognised,
        catalog.pictures.stale,
    )


def encode_missing(pictures: Mapping[str, Picture], encoder: Encoder, cache: FeatureCache, batch_size: int = 32) -> int:
    """Bring the features of single pictures, by content hash, into the cache; returns how many were encoded.

    Pictures that cannot be read are left out.
    """
    contents = list(pictures)
    with Batches(encoder, cache, batch_size) as batches:
        for at in np.flatnonzero(~cache.has(contents)):
            with suppress(ImageError):
                opened = _open(pictures[contents[at]], encoder, cache)
                if opened.pixels is not None:
                    batches.add(opened.content, opened.pixels)
    return batches.encoded


@dataclass(frozen=True, slots=True)
class _Opened:
    """A picture's content hash, and its pixels where the cache lacks its features."""

    content: str
    pixels: Pixels | None


def _open_all(
    products: Iterable[Product], open_one: Callable[[Picture], T], ahead: int
) -> Iterator[tuple[Product, list[T | ImageError]]]:
    pending: deque[tuple[Product, Future[list[T | ImageError]]]] = deque()
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="decode") as pool:
        try:
            for product in products:
                pending.append((product, pool.submit(_open_pictures, product, open_one)))
                if len(pending) >= ahead:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _open_pictures(product: Product, open_one: Callable[[Picture], T]) -> list[T | ImageError]:
    return [_attempt(picture, open_one) for picture in product.pictures]


def _attempt(picture: Picture, open_one: Callable[[Picture], T]) -> T | ImageError:
    try:
        return open_one(picture)
    except ImageError as error:
        return error


def _open(picture: Picture, encoder: Encoder, cache: FeatureCache) -> _Opened:
    data = picture.read()
    content = content_hash(data)
    if cache.has([content])[0]:
        return _Opened(content, None)
    return _Opened(content, encoder.prepare(open_image(data, side=DECODE_SIDE)))
