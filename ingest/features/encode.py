"""Products to feature vectors: read, hash, decode and encode, each stage overlapping the next.

Only what the embedding cache lacks is decoded and encoded. Memory stays bounded by a few batches of pixels,
whatever the length of the catalog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..catalog.product import Product, Reject
from ..encoders.base import Encoder
from ..errors import ImageError
from ..images.decode import DECODE_SIDE, content_hash, open_image, read_image_bytes
from ..progress import Progress
from .cache import FeatureCache

DECODERS = 2
"""Threads that read and decode; Pillow releases the interpreter lock while it works."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The outcome of embedding a catalog.

    Attributes:
        products: those whose image could be used, in the catalog's order.
        contents: their content hashes, hexadecimal.
        rows: intp[n], their rows in the embedding cache.
        rejects: the others.
        encoded: number of images that the encoder had to see.
    """

    products: list[Product]
    contents: list[str]
    rows: NDArray[np.intp]
    rejects: list[Reject]
    encoded: int


@dataclass(frozen=True, slots=True)
class _Prepared:
    content: str
    pixels: NDArray[np.uint8] | None
    error: ImageError | None = None


def embed(
    products: Sequence[Product],
    encoder: Encoder,
    cache: FeatureCache,
    *,
    batch_size: int,
    progress: Progress,
) -> Embedded:
    """Bring the feature vector of every readable image into the cache.

    A batch is durable before the next one starts: an interrupted run repeats at most one batch.
    """
    good: list[Product] = []
    contents: list[str] = []
    rejects: list[Reject] = []
    batch = _Batch(encoder, cache, batch_size)
    with progress.stage("embed", len(products)) as advance:
        for product, prepared in _prepare_all(products, encoder, cache, ahead=2 * batch_size):
            if prepared.error is not None:
                rejects.append(_reject(product, prepared.error))
            else:
                good.append(product)
                contents.append(prepared.content)
                if prepared.pixels is not None:
                    batch.add(prepared.content, prepared.pixels)
            advance(1)
        batch.flush()
    rows = cache.lookup([bytes.fromhex(content) for content in contents])
    return Embedded(good, contents, rows, rejects, batch.encoded)


def embed_images(pixels: Sequence[NDArray[np.uint8]], encoder: Encoder) -> Float:
    """float32[n, dim] of prepared pixels, for queries."""
    return np.ascontiguousarray(encoder.encode(pixels), dtype=np.float32)


def _prepare_all(
    products: Sequence[Product], encoder: Encoder, cache: FeatureCache, *, ahead: int
) -> Iterator[tuple[Product, _Prepared]]:
    pending: deque[tuple[Product, Future[_Prepared]]] = deque()
    with ThreadPoolExecutor(DECODERS, thread_name_prefix="decode") as pool:
        try:
            for product in products:
                pending.append((product, pool.submit(_prepare, product, encoder, cache)))
                if len(pending) >= ahead:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _prepare(product: Product, encoder: Encoder, cache: FeatureCache) -> _Prepared:
    try:
        data = read_image_bytes(product.image)
        content = content_hash(data)
        if cache.lookup([bytes.fromhex(content)])[0] >= 0:
            return _Prepared(content, None)
        return _Prepared(content, encoder.prepare(open_image(data, side=DECODE_SIDE)))
    except ImageError as error:
        return _Prepared("", None, error)


def _reject(product: Product, error: ImageError) -> Reject:
    return Reject(product.id, error.reason, error.detail, product.image_name, product.row)


class _Batch:
    """Collects distinct images until a batch is full, then encodes and stores them."""

    def __init__(self, encoder: Encoder, cache: FeatureCache, size: int) -> None:
        self._encoder = encoder
        self._cache = cache
        self._size = size
        self._waiting: dict[str, NDArray[np.uint8]] = {}
        self._stored: set[str] = set()
        self.encoded = 0

    def add(self, content: str, pixels: NDArray[np.uint8]) -> None:
        # Two products with the same picture may both have missed the cache while decoding ran ahead.
        if content in self._stored:
            return
        self._waiting[content] = pixels
        if len(self._waiting) >= self._size:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        vectors = embed_images(list(self._waiting.values()), self._encoder)
        self._cache.append([bytes.fromhex(content) for content in self._waiting], vectors)
        self._stored.update(self._waiting)
        self.encoded += len(self._waiting)
        self._waiting.clear()
