"""An encoder on torch that is small enough to be quantized in a test."""

import numpy as np
import torch

from likewise.ingest.encoders import EncoderSpec, base
from likewise.ingest.encoders.torch_encoder import TorchEncoder

SIDE = 16


class Tiny(TorchEncoder):
    """Two convolutions, and the mean colour beside them."""

    parts = (8, 3)
    leading = None

    def __init__(self, precision: str = "fp32") -> None:
        torch.manual_seed(0)
        network = torch.nn.Sequential(
            torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3), torch.nn.ReLU()
        )
        super().__init__(
            network, EncoderSpec("tiny", precision, f"tiny-{precision}", self.parts), side=SIDE, device="cpu"
        )

    @classmethod
    def create(cls, variant, *, weights_file, precision, device, progress):
        return cls(precision)

    @classmethod
    def identify(cls, variant, *, weights_file, precision):
        return f"tiny-{precision}"

    @staticmethod
    def beside(pixels):
        return pixels.mean((0, 1), dtype=np.float32)

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        return self.network(batch / 255).mean((2, 3))


def name_it(monkeypatch) -> None:
    """Let `tiny` be an encoder that can be named."""
    monkeypatch.setitem(base.FAMILIES._classes, "tiny", "resnet50:ResNet50Encoder")
    monkeypatch.setattr("likewise.ingest.encoders.resnet50.ResNet50Encoder", Tiny)
