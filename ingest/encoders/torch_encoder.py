"""What all encoders on torch share: resizing, batches, precision, device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..arrays import Float
from ..errors import ParameterError, WeightsError
from .spec import EncoderSpec

if TYPE_CHECKING:
    import torch

MAX_BATCH = 64
"""Images that go through the network at once; longer batches take more memory and are no faster."""


class TorchEncoder(ABC):
    """An encoder around one network, which runs in evaluation mode with its channels last in memory.

    Args:
        network: it is switched to evaluation mode and moved to the device.
        spec: its identity.
        side: width and height of its input, in pixels.
        device: as in `create_encoder`.
    """

    parts: ClassVar[tuple[int, ...] | None] = None
    leading: ClassVar[tuple[str, int] | None] = None

    def __init__(self, network: torch.nn.Module, spec: EncoderSpec, *, side: int, device: str | None = None) -> None:
        import torch

        self.spec = spec
        self.side = side
        self.device = choose_device(device)
        self._network = network.eval().requires_grad_(False).to(self.device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[side, side, 3], bilinear; as in the study, its aspect is not kept."""
        return np.asarray(image.resize((self.side, self.side), Image.Resampling.BILINEAR))

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> Float:
        """A batch of uint8[side, side, 3] to float32[n, dim], all finite.

        Raises:
            ValueError: pixels that `prepare` did not make.
            WeightsError: the network computes NaN or infinity.
        """
        features = np.empty((len(pixels), self.spec.dim), np.float32)
        for start in range(0, len(pixels), MAX_BATCH):
            batch = pixels[start : start + MAX_BATCH]
            features[start : start + len(batch)] = self._encode_batch(batch)
        if not np.isfinite(features).all():
            raise WeightsError(
                f"{self.spec.name} computes NaN or infinity; its weights are damaged or do not belong to it."
            )
        return features

    def _encode_batch(self, pixels: Sequence[NDArray[np.uint8]]) -> Float:
        import torch

        stacked = np.stack(pixels)
        expected = (self.side, self.side, 3)
        if stacked.dtype != np.uint8 or stacked.shape[1:] != expected:
            raise ValueError(
                f"{self.spec.name} takes uint8{list(expected)}; received {stacked.dtype}{stacked.shape[1:]}"
            )
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.spec.precision == "bf16"),
        ):
            # Pixels lie channels last already: permuting them is free and the network keeps the layout.
            batch = torch.from_numpy(stacked).to(self.device).permute(0, 3, 1, 2)
            features: Float = self._features(batch.float()).float().cpu().numpy()
        return features

    @abstractmethod
    def _features(self, batch: torch.Tensor) -> torch.Tensor:
        """float32[n, 3, side, side], red, green and blue from 0 to 255, to [n, dim]."""


def choose_device(name: str | None) -> torch.device:
    """The device of this name; by default `cuda` where there is one.

    Raises:
        ParameterError: torch has no such device here.
    """
    import torch

    chosen = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(chosen)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise ParameterError(f"There is no device {chosen!r} here ({reason}). Use cpu, or leave it out.") from error
    return device
