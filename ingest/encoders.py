"""Name to Encoder: image to feature vector.

resnet50                       the study's network and weights, 240 x 240 pixels to 2048 numbers
torchvision:NAME[:WEIGHTS]     any torchvision classification network without its classifier
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import ParameterError
from .weights import SHARDS_SHA256, original_resnet50

if TYPE_CHECKING:
    import torch

PRECISIONS = ("fp32", "bf16")


class Encoder(Protocol):
    """Turns prepared pixels into feature vectors.

    `prepare` is cheap, pure and thread-safe, so that it can overlap with `encode`. `fingerprint` covers
    architecture, weights, preprocessing and precision: equal fingerprints mean interchangeable vectors.
    """

    name: str
    dim: int
    precision: str
    fingerprint: str

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """An RGB image of any size to uint8[height, width, 3]."""

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""


def create_encoder(
    name: str, *, weights_file: Path | None = None, precision: str = "fp32", device: str | None = None
) -> Encoder:
    """The encoder registered under a name.

    Args:
        name: see the top of this module.
        weights_file: your own checkpoint for a torchvision network.
        precision: `fp32`, or `bf16` for about twice the speed on CPUs and GPUs that have it.
        device: `cpu`, `cuda`, …; by default `cuda` where there is one.

    Raises:
        ParameterError: an unknown name or precision.
        WeightsError: the weights cannot be fetched or do not fit.
    """
    if precision not in PRECISIONS:
        raise ParameterError(f"Unknown precision {precision!r}. Known: {', '.join(PRECISIONS)}.")
    if name == "resnet50":
        if weights_file is not None:
            raise ParameterError(
                "resnet50 has its own weights; for a checkpoint of yours choose --encoder torchvision:resnet50."
            )
        return ResNet50(precision=precision, device=device)
    if name.startswith("torchvision:"):
        from .torchvision_encoder import TorchvisionEncoder

        return TorchvisionEncoder(name, weights_file=weights_file, precision=precision, device=device)
    raise ParameterError(f"Unknown encoder {name!r}. Known: resnet50, torchvision:NAME[:WEIGHTS].")


class TorchEncoder:
    """What all encoders on torch share: resize, batch, precision, device.

    Subclasses set `name`, `dim`, `fingerprint` and implement `_features`.
    """

    name: str
    dim: int
    fingerprint: str

    def __init__(self, network: torch.nn.Module, side: int, precision: str, device: str | None) -> None:
        import torch

        self.precision = precision
        self._side = side
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._network = network.eval().to(self._device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[side, side, 3], as the study does: without keeping the aspect."""
        return np.asarray(image.resize((self._side, self._side), Image.Resampling.BILINEAR))

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of uint8[side, side, 3] to float32[n, dim]."""
        import torch

        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16"),
        ):
            batch = torch.from_numpy(np.stack(pixels)).to(self._device).permute(0, 3, 1, 2)
            features = self._features(batch.float().contiguous(memory_format=torch.channels_last))
        return features.float().cpu().numpy()

    def _features(self, batch: torch.Tensor) -> torch.Tensor:
        """float32[n, 3, side, side] of 0…255 RGB to [n, dim]."""
        raise NotImplementedError


class ResNet50(TorchEncoder):
    """The study's encoder: the output of the average pool, 2048 numbers, all at least 0."""

    name = "resnet50"
    dim = 2048
    side = 240

    def __init__(self, *, precision: str = "fp32", device: str | None = None) -> None:
        import torch

        from . import resnet50

        super().__init__(resnet50.fuse(resnet50.build(original_resnet50())), self.side, precision, device)
        self.fingerprint = fingerprint("resnet50", SHARDS_SHA256, self.side, precision)
        mean = torch.tensor(resnet50.MEAN_BGR, device=self._device)
        self._mean = mean.view(1, 3, 1, 1)
        self._network.fc = torch.nn.Identity()

    def _features(self, batch: torch.Tensor) -> torch.Tensor:
        import torch

        bgr = (batch.flip(1) - self._mean).contiguous(memory_format=torch.channels_last)
        return self._network(bgr)  # type: ignore[no-any-return]


def fingerprint(architecture: str, weights: str, side: int, precision: str, **more: Any) -> str:  # noqa: ANN401
    """16 hexadecimal digits over all that shapes a vector."""
    facts = {"architecture": architecture, "weights": weights, "side": side, "precision": precision, **more}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
