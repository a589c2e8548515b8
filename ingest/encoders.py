"""Name to Encoder: image to feature vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Encoder(Protocol):
    """Turns prepared pixels into feature vectors.

    `prepare` is cheap, pure and thread-safe, so that it can overlap with `encode`.
    """

    name: str
    dim: int
    fingerprint: str

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """An RGB image of any size to uint8[height, width, 3]."""

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""
