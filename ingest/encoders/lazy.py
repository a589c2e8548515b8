"""An encoder that loads its network when the first image needs it: a run without new images imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..progress import Progress
from .base import Encoder, create_encoder, encoder_fingerprint


class LazyEncoder:
    """Stands for `create_encoder(name, …)`; its identity is known without the network.

    Args:
        name: see `likewise.ingest.encoders.base`.
        precision: `fp32` or `bf16`.
        weights_file: your own checkpoint.
        dim: width of the vectors where it is known, for example from an index; else the network is loaded for it.
        progress: told about a download of weights.

    Raises:
        ParameterError: an unknown name or precision.
        WeightsError: the weights cannot be fetched or read; raised by the first use that needs them.
    """

    def __init__(
        self,
        name: str,
        precision: str = "fp32",
        *,
        weights_file: Path | None = None,
        dim: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.name = name
        self.precision = precision
        self.fingerprint = encoder_fingerprint(name, precision, weights_file=weights_file)
        self._weights_file = weights_file
        self._dim = dim
        self._progress = progress

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._loaded.dim if self._dim is None else self._dim

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[h, w, 3]."""
        return self._loaded.prepare(image)

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""
        return self._loaded.encode(pixels)

    @cached_property
    def _loaded(self) -> Encoder:
        return create_encoder(
            self.name, weights_file=self._weights_file, precision=self.precision, progress=self._progress
        )
