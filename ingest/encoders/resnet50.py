"""The study's encoder: the original ResNet-50 (He et al. 2015, version 1) in torchvision's network.

Two things differ from torchvision's own: the first block of each later stage strides in its first convolution,
not in its second, and batch normalisation has Keras' epsilon.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import ParameterError
from ..progress import Progress
from .base import hash_of_encoder
from .spec import EncoderSpec
from .torch_encoder import TorchEncoder
from .torchvision_ops import import_torchvision
from .weights import RESNET50_SHA256, Tensors, original_resnet50

if TYPE_CHECKING:
    import torch

SIDE = 240
MEAN_BGR = (103.939, 116.779, 123.68)
"""Subtracted from 0…255 pixels in blue, green, red order."""

STAGE_DIMS = {1: 256, 2: 512, 3: 1024, 4: 2048}
"""The network's stages (torchvision's `layer1` to `layer4`) and their channels."""

_EPSILON = 1.001e-5


class ResNet50Encoder(TorchEncoder):
    """The mean over the image of a stage's output; of the last, the study's 2048 numbers, all at least 0.

    Args:
        weights: as from `original_resnet50`.
        stages: whose means are joined, in this order.
        precision, device: as in `create_encoder`.
    """

    parts = (STAGE_DIMS[4],)

    def __init__(
        self, weights: Tensors, *, stages: Sequence[int] = (4,), precision: str = "fp32", device: str | None = None
    ) -> None:
        import torch

        identity = stages_fingerprint(stages, precision)
        super().__init__(
            build(weights),
            EncoderSpec("resnet50", precision, identity, tuple(STAGE_DIMS[stage] for stage in stages)),
            side=SIDE,
            device=device,
        )
        self.stages = tuple(stages)
        self._mean = torch.tensor(MEAN_BGR, device=self.device).view(1, 3, 1, 1)

    @classmethod
    def create(
        cls, variant: str, *, weights_file: Path | None, precision: str, device: str | None, progress: Progress | None
    ) -> Self:
        """See `encoders.Family`."""
        cls.identify(variant, weights_file=weights_file, precision=precision)
        return cls(original_resnet50(progress=progress), precision=precision, device=device)

    @classmethod
    def identify(cls, variant: str, *, weights_file: Path | None, precision: str) -> str:
        """See `encoders.Family`."""
        if variant or weights_file is not None:
            received = f"resnet50:{variant}" if variant else f"weights from {weights_file}"
            raise ParameterError(
                f"resnet50 has weights of its own; received {received}. "
                "For others use torchvision:resnet50[:WEIGHTS], with a checkpoint of yours if you have one."
            )
        return stages_fingerprint((4,), precision)

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        """See `TorchEncoder`."""
        import torch

        return torch.cat(pooled_stages(self.network, batch.flip(1) - self._mean, self.stages), dim=1)


def stages_fingerprint(stages: Sequence[int], precision: str) -> str:
    """The fingerprint of `ResNet50Encoder(stages=…, precision=…)`.

    Raises:
        ParameterError: an unknown stage or precision, or no stage.
    """
    if not stages or not set(stages) <= STAGE_DIMS.keys():
        raise ParameterError(f"ResNet-50 has the stages {list(STAGE_DIMS)}; received {list(stages)}.")
    more = {} if tuple(stages) == (4,) else {"stages": list(stages)}
    return hash_of_encoder("resnet50", RESNET50_SHA256, SIDE, precision, **more)


def pooled_stages(network: Any, batch: torch.Tensor, stages: Sequence[int]) -> list[torch.Tensor]:  # noqa: ANN401
    """Means over the image of these stages' outputs, float32[n, channels] each, in the order of `stages`.

    Args:
        network: torchvision's `resnet50`, as from `build`.
        batch: float32[n, 3, h, w] in blue, green, red, minus `MEAN_BGR`.
        stages: numbers from 1 to 4; the network is not run beyond the highest.
    """
    pooled = {}
    batch = network.maxpool(network.relu(network.bn1(network.conv1(batch))))
    for stage in range(1, max(stages) + 1):
        batch = getattr(network, f"layer{stage}")(batch)
        if stage in stages:
            pooled[stage] = batch.float().mean((2, 3))
    return [pooled[stage] for stage in stages]


def build(weights: Tensors) -> torch.nn.Module:
    """The fused network with its classifier, in evaluation mode; for its input see `pooled_stages`."""
    import torch

    # Without memory first: initialising 25 million weights at random only to replace them takes half a second.
    with torch.device("meta"):
        network = import_torchvision().models.resnet50(weights=None)
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = _EPSILON
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()}, assign=True)
    network.eval()
    fuse(network)
    return network  # type: ignore[no-any-return]


def fuse(network: Any) -> None:  # noqa: ANN401
    """Merge each batch normalisation of a `resnet50` into its convolution: the same function, faster."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    def fuse_pair(parent: torch.nn.Module, convolution: str, normalisation: str) -> None:
        fused = fuse_conv_bn_eval(getattr(parent, convolution), getattr(parent, normalisation))
        setattr(parent, convolution, fused)
        setattr(parent, normalisation, torch.nn.Identity())

    fuse_pair(network, "conv1", "bn1")
    for stage in STAGE_DIMS:
        for block in getattr(network, f"layer{stage}"):
            for number in (1, 2, 3):
                fuse_pair(block, f"conv{number}", f"bn{number}")
            if block.downsample is not None:
                fuse_pair(block.downsample, "0", "1")
