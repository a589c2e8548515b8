"""Prepared pictures through a network, a few at once, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..errors import WeightsError
from ..threads import thread_count
from .spec import EncoderSpec

if TYPE_CHECKING:
    from PIL import Image

Pixels = NDArray[np.uint8]

Beside = Callable[[Pixels], Float]
"""The numbers of a picture uint8[h, w, 3] that no network computes, float32[m]."""


def prepare(image: Image.Image, side: int) -> Pixels:
    """Resize an RGB image to uint8[side, side, 3], bilinear; as in the study, its aspect is not kept."""
    from PIL.Image import Resampling

    return np.asarray(image.resize((side, side), Resampling.BILINEAR))


def encode_chunks(
    pixels: Sequence[Pixels],
    spec: EncoderSpec,
    side: int,
    size: int,
    network: Callable[[Pixels], Float],
    beside: Beside,
) -> Float:
    """Features float32[n, dim] of prepared pictures, all finite.

    Args:
        pixels: uint8[side, side, 3] each.
        spec: of the encoder.
        side: width and height of the network's input, in pixels.
        size: pictures that go through the network at once.
        network: uint8[m, side, side, 3] to the first numbers of the features.
        beside: the others, computed while the network is at work.

    Raises:
        ValueError: pixels that `prepare` did not make.
        WeightsError: the network computes NaN or infinity.
    """
    features = np.empty((len(pixels), spec.dim), np.float32)
    batches = {at: _stacked(pixels[at : at + size], side, spec.name) for at in range(0, len(pixels), size)}
    width = 0
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="beside") as pool:
        others = pool.map(beside, pixels)
        for at, batch in batches.items():
            found = network(batch)
            width = found.shape[1]
            features[at : at + len(batch), :width] = found
        for row, numbers in enumerate(others):
            features[row, width:] = numbers
    if not np.isfinite(features).all():
        raise WeightsError(f"{spec.name} computes NaN or infinity; its weights are damaged or do not belong to it.")
    return features


def _stacked(pixels: Sequence[Pixels], side: int, name: str) -> Pixels:
    batch = np.stack(pixels)
    expected = (side, side, 3)
    if batch.dtype != np.uint8 or batch.shape[1:] != expected:
        raise ValueError(f"{name} takes uint8{list(expected)}; received {batch.dtype}{batch.shape[1:]}")
    return batch
