"""What all encoders on torch share: resizing, batches, precision, device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PIL import Image

from ..arrays import Float
from ..errors import ParameterError
from .chunks import Pixels, encode_chunks, prepare
from .spec import EncoderSpec

if TYPE_CHECKING:
    import torch

CHUNK = {"cpu": 8, "cuda": 64}
"""Pictures that go through the network at once. On a processor, what longer batches take is given back to the system
and fetched anew for every layer (glibc maps what is over 32 MiB), which costs a fifth of the time."""


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
        self.network = network.eval().requires_grad_(False).to(self.device)
        if spec.precision == "bf16":
            round_weights(self.network)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._chunk = CHUNK.get(self.device.type, CHUNK["cuda"])

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize an RGB image to uint8[side, side, 3]; see `prepare`."""
        return prepare(image, self.side)

    def encode(self, pixels: Sequence[Pixels]) -> Float:
        """A batch of uint8[side, side, 3] to float32[n, dim], all finite.

        Raises:
            ValueError: pixels that `prepare` did not make.
            WeightsError: the network computes NaN or infinity.
        """
        return encode_chunks(pixels, self.spec, self.side, self._chunk, self._encode_chunk, self.beside)

    @staticmethod
    def beside(pixels: Pixels) -> Float:  # noqa: ARG004 - of those that have some
        """See `chunks.Beside`; most encoders have no such numbers."""
        return np.empty(0, np.float32)

    def _encode_chunk(self, pixels: Pixels) -> Float:
        import torch

        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.spec.precision == "bf16"),
        ):
            batch = torch.from_numpy(pixels)
            if self.device.type == "cuda":
                batch = batch.pin_memory().to(self.device, non_blocking=True)
            features: Float = self.compute(batch).float().cpu().numpy()
        return features

    def compute(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8[n, side, side, 3] to [n, dim]: the whole network as one function of pixels."""
        # Pixels lie channels last already: permuting them is free and the network keeps the layout.
        return self.features(pixels.permute(0, 3, 1, 2).float())

    @abstractmethod
    def features(self, batch: torch.Tensor) -> torch.Tensor:
        """float32[n, 3, side, side], red, green and blue from 0 to 255, to [n, dim]."""


def round_weights(network: torch.nn.Module) -> None:
    """Round to bfloat16, once, the weights that autocast would round at every call: the same features, faster."""
    import torch

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            module.to(torch.bfloat16)


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
