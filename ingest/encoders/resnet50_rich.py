"""ResNet-50 with what the mean of its last stage loses: features for reducers that learn.

The mean of the last stage, the study's 2048 numbers, loses much that a shopper sees. Three things are joined to it:
the means of the two stages before, which still hold texture and colour; the means of three layers of a second, small
network of another design, which errs differently; and a colour signature of the product without its background.

Mirrored pictures, a cut-out of the product, maxima beside the means, rows of the last stage's map and second moments
of the stages were tried too. None of them improves the figures on validation splits (docs/results.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from ..arrays import Float
from ..errors import ParameterError
from ..progress import Progress
from . import colour
from .base import hash_of_encoder
from .chunks import Pixels
from .resnet50 import SIDE, STAGE_DIMS, ResNet50Encoder, stages_fingerprint
from .spec import EncoderSpec
from .torch_encoder import TorchEncoder
from .weights import LITE1_SHA256, LITE1_WIDTHS, original_resnet50

if TYPE_CHECKING:
    import torch

NAME = "resnet50-rich"
STAGES = (4, 3, 2)
PARTS = (*(STAGE_DIMS[stage] for stage in STAGES), *LITE1_WIDTHS, colour.WIDTH)
"""Widths of the joined parts, in order."""

LITE_WEIGHT, COLOUR_WEIGHT = 2.5, 16.0
"""Weights of the second network and of the signature, chosen for searches by plain cosine, which gain 2 points by them
on validation splits. Reducers that learn weigh the parts themselves."""


class RichResNet50Encoder(TorchEncoder):
    """float32[n, sum(PARTS)], whose first 2048 numbers are those of `resnet50`.

    Args:
        network: `ResNet50Encoder` with the stages `STAGES`.
    """

    parts = PARTS
    leading = ("resnet50", STAGE_DIMS[4])

    def __init__(self, network: ResNet50Encoder) -> None:
        import torch

        from .efficientnet_lite import EfficientNetLite1Encoder

        precision, device = network.spec.precision, str(network.device)
        spec = EncoderSpec(NAME, precision, rich_fingerprint(precision), PARTS)
        lite = EfficientNetLite1Encoder(fingerprint=spec.fingerprint, precision=precision, device=device)
        both = torch.nn.ModuleList([network.network, lite.network])
        super().__init__(both, spec, side=SIDE, device=device)
        self._stages, self._lite = network, lite

    @classmethod
    def create(
        cls, variant: str, *, weights_file: Path | None, precision: str, device: str | None, progress: Progress | None
    ) -> Self:
        """See `encoders.Family`."""
        cls.identify(variant, weights_file=weights_file, precision=precision)
        weights = original_resnet50(progress=progress)
        return cls(ResNet50Encoder(weights, stages=STAGES, precision=precision, device=device))

    @classmethod
    def identify(cls, variant: str, *, weights_file: Path | None, precision: str) -> str:
        """See `encoders.Family`."""
        if variant or weights_file is not None:
            raise ParameterError(f"{NAME} has weights of its own and no variants; received {variant or weights_file}.")
        return rich_fingerprint(precision)

    @staticmethod
    def beside(pixels: Pixels) -> Float:
        """The colour signature."""
        return np.float32(COLOUR_WEIGHT) * colour.signature(pixels)

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        """See `TorchEncoder`."""
        import torch

        stages, lite = self._stages.features(batch), self._lite.features(batch)
        return torch.cat([stages, LITE_WEIGHT * lite], dim=1)


def rich_fingerprint(precision: str) -> str:
    """The fingerprint of `RichResNet50Encoder` at a precision; without torch."""
    network = stages_fingerprint(STAGES, precision)
    scales = [LITE_WEIGHT, COLOUR_WEIGHT]
    return hash_of_encoder(NAME, network, SIDE, precision, lite=LITE1_SHA256, colour=colour.VERSION, scales=scales)
