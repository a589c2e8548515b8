"""Pictures to feature vectors: read, hash, decode and encode, each stage overlapping the next.

Only what the cache of features lacks is decoded and encoded. Memory stays bounded by a few batches of pixels,
whatever the length of the catalog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..catalog import Catalog, Product, Reject
from ..encoders import Encoder
from ..errors import ImageError
from ..images import DECODE_SIDE, Folder, Picture, content_hash, open_image
from ..progress import Progress
from .cache import FeatureCache
from .encoded import EncodedCatalog, EncodedProduct

DECODERS = 2
"""Threads that read and decode; Pillow releases the interpreter lock while it works."""

Pixels = NDArray[np.uint8]


def encode_catalog(
    catalog: Catalog, encoder: Encoder, cache: FeatureCache, *, batch_size: int, progress: Progress
) -> EncodedCatalog:
    """Bring the features of every readable picture of a catalog into the cache.

    A batch is durable before the next one starts: an interrupted run repeats at most one batch.
    """
    items: list[EncodedProduct] = []
    rejects: list[Reject] = []
    batch = _Batch(encoder, cache, batch_size)
    with progress.stage("encode", len(catalog.products)) as advance:
        for product, opened in _open_all(catalog.products, encoder, cache, ahead=2 * batch_size):
            if isinstance(opened, ImageError):
                reason, detail = opened.reason, opened.detail
                rejects.append(Reject(product.id, reason, detail, product.pictures[0].ref, product.row))
            else:
                items.append(EncodedProduct(product, tuple(each.content for each in opened)))
                for each in opened:
                    batch.add(each)
            advance(1)
        batch.flush()
    return EncodedCatalog(
        items,
        cache,
        encoder.spec,
        catalog.schema,
        Folder(catalog.root),
        str(catalog.root.resolve()),
        [*catalog.rejects, *rejects],
        catalog.rows,
        batch.encoded,
    )


def encode_missing(pictures: Mapping[str, Picture], encoder: Encoder, cache: FeatureCache, batch_size: int = 32) -> int:
    """Bring the features of single pictures, by content hash, into the cache; returns how many were encoded.

    Pictures that cannot be read are left out.
    """
    batch = _Batch(encoder, cache, batch_size)
    contents = list(pictures)
    for at in np.flatnonzero(~cache.has(contents)):
        with suppress(ImageError):
            batch.add(_open(pictures[contents[at]], encoder, cache))
    batch.flush()
    return batch.encoded


def encode_pixels(pixels: Sequence[Pixels], encoder: Encoder) -> Float:
    """float32[n, dim] of prepared pixels, for queries."""
    return np.ascontiguousarray(encoder.encode(pixels), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A picture's content hash, and its pixels where the cache lacks its features."""

    content: str
    pixels: Pixels | None


def _open_all(
    products: Iterable[Product], encoder: Encoder, cache: FeatureCache, *, ahead: int
) -> Iterator[tuple[Product, list[_Opened] | ImageError]]:
    pending: deque[tuple[Product, Future[list[_Opened] | ImageError]]] = deque()
    with ThreadPoolExecutor(DECODERS, thread_name_prefix="decode") as pool:
        try:
            for product in products:
                pending.append((product, pool.submit(_open_pictures, product, encoder, cache)))
                if len(pending) >= ahead:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _open_pictures(product: Product, encoder: Encoder, cache: FeatureCache) -> list[_Opened] | ImageError:
    try:
        return [_open(picture, encoder, cache) for picture in product.pictures]
    except ImageError as error:
        return error


def _open(picture: Picture, encoder: Encoder, cache: FeatureCache) -> _Opened:
    data = picture.read()
    content = content_hash(data)
    if cache.has([content])[0]:
        return _Opened(content, None)
    return _Opened(content, encoder.prepare(open_image(data, side=DECODE_SIDE)))


class _Batch:
    """Collects distinct pictures until a batch is full, then encodes and stores them."""

    def __init__(self, encoder: Encoder, cache: FeatureCache, size: int) -> None:
        self._encoder = encoder
        self._cache = cache
        self._size = size
        self._waiting: dict[str, Pixels] = {}
        self._stored: set[str] = set()
        self.encoded = 0

    def add(self, opened: _Opened) -> None:
        # Two products with the same picture may both have missed the cache while decoding ran ahead.
        if opened.pixels is None or opened.content in self._stored:
            return
        self._waiting[opened.content] = opened.pixels
        if len(self._waiting) >= self._size:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        vectors = encode_pixels(list(self._waiting.values()), self._encoder)
        self._cache.append(list(self._waiting), vectors)
        self._stored.update(self._waiting)
        self.encoded += len(self._waiting)
        self._waiting.clear()
