"""Batches of pictures on their way through the encoder into the cache.

While a batch is encoded, the next one is decoded and the last one is written: each on a thread of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..encoders import Encoder
from .cache import FeatureCache

Pixels = NDArray[np.uint8]

AHEAD = 2
"""Full batches that wait for the encoder or are in it; whoever brings another one waits."""


def encode_pixels(pixels: Sequence[Pixels], encoder: Encoder) -> Float:
    """float32[n, dim] of prepared pixels."""
    return np.ascontiguousarray(encoder.encode(pixels), dtype=np.float32)


class Batches:
    """Collects distinct pictures until a batch is full, then encodes it and stores its features.

    When the context ends, all features are durable; when it ends by an error, those of all batches that were encoded.

    Args:
        encoder: of the pictures.
        cache: of its features.
        size: pictures in a batch.
    """

    def __init__(self, encoder: Encoder, cache: FeatureCache, size: int) -> None:
        self._encoder = encoder
        self._cache = cache
        self._size = size
        self._filling: dict[str, Pixels] = {}
        self._under_way: set[str] = set()
        self._written: deque[Future[Sequence[str]]] = deque()
        self._encoding = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write")
        self.encoded = 0

    def add(self, content: str, pixels: Pixels) -> None:
        """Take a picture, unless its features are there or under way.

        Raises:
            WeightsError, StoreError: of an earlier batch, which could not be encoded or stored.
        """
        # Two products with the same picture may both have missed the cache while decoding ran ahead.
        if content in self._filling or content in self._under_way or self._cache.has([content])[0]:
            return
        self._filling[content] = pixels
        if len(self._filling) >= self._size:
            self._send()

    def _send(self) -> None:
        batch, self._filling = self._filling, {}
        self._under_way.update(batch)
        self._wait(AHEAD - 1)
        features = self._encoding.submit(encode_pixels, list(batch.values()), self._encoder)
        self._written.append(self._writing.submit(self._store, list(batch), features))

    def _store(self, contents: Sequence[str], features: Future[Float]) -> Sequence[str]:
        self._cache.append(contents, features.result())
        return contents

    def _wait(self, left: int) -> None:
        while len(self._written) > left:
            stored = self._written.popleft().result()
            self._under_way.difference_update(stored)
            self.encoded += len(stored)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        try:
            if failed is None:
                if self._filling:
                    self._send()
                self._wait(0)
        finally:
            # What was encoded is stored, whatever comes after it.
            self._encoding.shutdown(cancel_futures=True)
            self._writing.shutdown()
