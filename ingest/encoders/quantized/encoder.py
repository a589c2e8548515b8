"""An encoder whose network was quantized: torch is not imported."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import Float
from ...errors import IncompatibleError
from ..chunks import Beside, Pixels, encode_chunks, prepare
from ..spec import EncoderSpec
from .runtime import compile_network, unpack

if TYPE_CHECKING:
    from PIL import Image

CHUNK = 16
"""Pictures that go through the network at once."""


class QuantizedEncoder:
    """Computes the quantized network of a spec, loaded when the first picture is encoded.

    Args:
        spec: of the encoder, with its quantization and its file.
        beside: what is joined to the network's features.

    Raises:
        IncompatibleError: the spec names no quantized network, or none that can be read.
    """

    def __init__(self, spec: EncoderSpec, beside: Beside) -> None:
        if spec.quantization is None or spec.file is None:
            raise IncompatibleError("network", "a quantized network", None, "Open the index that it belongs to.")
        self.spec = spec
        self._file = spec.file
        self._quantization = spec.quantization
        self._beside = beside
        self._request: Any = None
        self._one_at_a_time = threading.Lock()

    @property
    def network(self) -> bytes:
        """The file of its network."""
        return self._file()

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize an RGB image to uint8[side, side, 3]; see `prepare`."""
        return prepare(image, self._quantization.side)

    def encode(self, pixels: Sequence[Pixels]) -> Float:
        """A batch of prepared images to float32[n, dim], all finite.

        Raises:
            ValueError: pixels that `prepare` did not make.
            StoreError: the network was altered.
            IncompatibleError: OpenVINO is not here, or too old for it.
        """
        return encode_chunks(pixels, self.spec, self._quantization.side, CHUNK, self._encode_chunk, self._beside)

    def _encode_chunk(self, pixels: Pixels) -> Float:
        with self._one_at_a_time:
            if self._request is None:
                network = compile_network(*unpack(self._file(), self._quantization.network))
                self._request = network.create_infer_request()
            found = self._request.infer({0: np.ascontiguousarray(pixels)})
            # A copy: the next call writes its answer to the same place.
            return np.array(found[0], np.float32)
