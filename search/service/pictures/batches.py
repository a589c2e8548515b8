"""Pictures that wait at the same time are encoded together: a network is fastest on several."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder
from likewise.ingest.features import encode_pixels

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    encoder: Encoder
    pixels: Pixels
    features: asyncio.Future[Float]


class Batches:
    """Takes all pictures that wait, up to a number, whenever the encoder is free; none waits for another to come.

    Args:
        thread: where the encoder runs; it has one thread.
        turn: held while it runs.
        most: pictures of a batch.
        told: is given the size of each batch.
    """

    def __init__(
        self,
        thread: Executor,
        turn: AbstractContextManager[object],
        most: int,
        told: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._thread = thread
        self._turn = turn
        self._most = most
        self._told = told
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None

    async def encode(self, encoder: Encoder, pixels: Pixels) -> Float:
        """The features float32[D] of a picture that the encoder has prepared.

        Raises:
            LikewiseError: what the encoder finds wrong.
        """
        mine = _Waiting(encoder, pixels, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await mine.features

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._next():
            self._told(len(batch))
            try:
                pixels = [each.pixels for each in batch]
                found = await loop.run_in_executor(self._thread, self._encode, batch[0].encoder, pixels)
            except Exception as error:
                for each in batch:
                    if not each.features.done():
                        each.features.set_exception(error)
            else:
                for each, features in zip(batch, found, strict=True):
                    if not each.features.done():
                        each.features.set_result(features)

    def _encode(self, encoder: Encoder, pixels: list[Pixels]) -> Float:
        with self._turn:
            return encode_pixels(pixels, encoder)

    def _next(self) -> list[_Waiting]:
        """The pictures that have waited longest, of one encoder; whose visitor has gone are left out."""
        waiting = [each for each in self._waiting if not each.features.done()]
        batch = [each for each in waiting if each.encoder is waiting[0].encoder][: self._most] if waiting else []
        self._waiting = [each for each in waiting if each not in batch]
        return batch
