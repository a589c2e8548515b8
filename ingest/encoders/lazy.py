"""An encoder that loads its network when the first image needs it: a run without new images imports no torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..progress import Progress
from .base import Encoder, create_encoder, encoder_fingerprint, encoder_parts
from .spec import EncoderSpec

if TYPE_CHECKING:
    from PIL import Image


class LazyEncoder:
    """Behaves as `create_encoder(name, …)`. Its `spec` needs no network where the widths of its parts are known.

    Args:
        name: see `likewise.ingest.encoders`.
        precision: `fp32` or `bf16`.
        weights_file: your own checkpoint.
        parts: widths of the features where they are known, for example from an index; else the network is loaded.
        stands_for: an encoder whose place it takes, and whose identity it shows.
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
        parts: Sequence[int] | None = None,
        stands_for: EncoderSpec | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._stands_for = stands_for
        self._name = name
        self._precision = precision
        self._fingerprint = encoder_fingerprint(name, precision, weights_file=weights_file)
        self._weights_file = weights_file
        self._parts = tuple(parts or encoder_parts(name) or ())
        self._progress = progress
        self._encoder: Encoder | None = None
        self._loading = threading.Lock()

    @property
    def spec(self) -> EncoderSpec:
        """Name, precision, fingerprint and widths."""
        if self._stands_for is not None:
            return self._stands_for
        if self._parts:
            return EncoderSpec(self._name, self._precision, self._fingerprint, self._parts)
        return self._loaded().spec

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[h, w, 3]."""
        return self._loaded().prepare(image)

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""
        return self._loaded().encode(pixels)

    def _loaded(self) -> Encoder:
        # Decoders of several threads ask for it at once; a network takes seconds and hundreds of megabytes.
        with self._loading:
            if self._encoder is None:
                self._encoder = create_encoder(
                    self._name, weights_file=self._weights_file, precision=self._precision, progress=self._progress
                )
            return self._encoder
