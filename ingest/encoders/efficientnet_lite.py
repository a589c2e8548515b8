"""EfficientNet-Lite1 (Tan and Le 2019; Lite: Google 2020), a small network that sees what ResNet-50 does not.

It takes a sixth of ResNet-50's work. Beside ResNet-50 it improves the search for wearer, kind and cut, because two
networks of different design err differently. The features are the outputs of depthwise convolutions at the ends of
three stages, its widest layers: the narrow sums between its blocks are linear and say less. The network is not run
beyond the last of these convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .spec import EncoderSpec
from .torch_encoder import TorchEncoder
from .weights import LITE1_WIDTHS, efficientnet_lite1

if TYPE_CHECKING:
    import torch
    from torch import nn

NAME = "efficientnet-lite1"
SIDE = 240

_EPSILON = 1e-3

_STAGES = ((1, 1), (3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1))
"""Blocks and first stride of each stage. All but the first block widen their input."""

READ = (14, 19, 20)
"""The blocks whose depthwise outputs are read, of the widths `LITE1_WIDTHS`."""


class EfficientNetLite1Encoder(TorchEncoder):
    """Means over the image of three depthwise convolutions' outputs: float32[n, 2976], all from 0 to 6.

    Args:
        fingerprint: of the encoder that this one is a part of.
        precision, device: as in `create_encoder`.
    """

    def __init__(self, *, fingerprint: str, precision: str = "fp32", device: str | None = None) -> None:
        super().__init__(
            build(efficientnet_lite1()),
            EncoderSpec(NAME, precision, fingerprint, LITE1_WIDTHS),
            side=SIDE,
            device=device,
        )

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        """See `TorchEncoder`."""
        import torch

        # The range of pixels that its authors trained it with.
        return torch.cat(pooled_widths(self.network, (batch - 127) / 128), dim=1)


def pooled_widths(network: Any, batch: torch.Tensor) -> list[torch.Tensor]:  # noqa: ANN401 - what a ModuleDict holds has no types
    """Means over the image of the depthwise convolutions of `READ`, float32[n, width] each.

    Args:
        network: as from `build`.
        batch: float32[n, 3, 240, 240], red, green and blue from -1 to 1.
    """
    batch = clipped(network["stem"], batch)
    means = []
    for at, block in enumerate(network["blocks"]):
        wide = widened(block, batch)
        if at in READ:
            means.append(wide.float().mean((2, 3)))
        if at < READ[-1]:
            batch = narrowed(block, wide, batch)
    return means


def build(state: Mapping[str, torch.Tensor]) -> nn.ModuleDict:
    """The network with each batch normalisation merged into its convolution, without its last two layers.

    Args:
        state: as from `efficientnet_lite1`.
    """
    from torch import nn

    blocks = nn.ModuleList()
    for repeats, first in _STAGES:
        for stride in (first, *(1,) * (repeats - 1)):
            at = f"_blocks.{len(blocks)}."
            layers = {
                "depthwise": fused(state, f"{at}_depthwise_conv", f"{at}_bn1", stride=stride, depthwise=True),
                "project": fused(state, f"{at}_project_conv", f"{at}_bn2"),
            }
            if blocks:
                layers["expand"] = fused(state, f"{at}_expand_conv", f"{at}_bn0")
            blocks.append(nn.ModuleDict(layers))
    return nn.ModuleDict({"stem": fused(state, "_conv_stem", "_bn0", stride=2), "blocks": blocks})


def widened(block: Any, batch: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - what a ModuleDict holds has no types
    """The first half of an inverted residual (Sandler et al. 2018), which has no squeeze and excitation here."""
    if "expand" in block:
        batch = clipped(block["expand"], batch)
    return clipped(block["depthwise"], batch)


def narrowed(block: Any, wide: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - what a ModuleDict holds has no types
    """The second half of an inverted residual; `batch` is the block's input."""
    narrow: torch.Tensor = block["project"](wide)
    return narrow + batch if narrow.shape == batch.shape else narrow


def fused(
    state: Mapping[str, torch.Tensor], convolution: str, normalisation: str, stride: int = 1, *, depthwise: bool = False
) -> nn.Conv2d:
    """A convolution and its batch normalisation in one."""
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    kernel = state[f"{convolution}.weight"]
    out, into, side, _ = kernel.shape
    groups = out if depthwise else 1
    padding = side // 2 if stride == 1 else 0
    plain = nn.Conv2d(into * groups, out, side, stride, padding, groups=groups, bias=False)
    plain.weight = nn.Parameter(kernel, requires_grad=False)
    norm = nn.BatchNorm2d(out, eps=_EPSILON)
    norm.load_state_dict({name: state[f"{normalisation}.{name}"] for name in norm.state_dict()})
    return fuse_conv_bn_eval(plain.eval(), norm.eval())


def clipped(convolution: nn.Conv2d, batch: torch.Tensor) -> torch.Tensor:
    """ReLU6 of a convolution; one that strides by 2 is padded as in TensorFlow, more below and to the right."""
    from torch import nn

    if convolution.stride[0] == 2:
        missing = convolution.kernel_size[0] - 2 + batch.shape[-1] % 2
        batch = nn.functional.pad(batch, (missing // 2, missing - missing // 2) * 2)
    outputs: torch.Tensor = convolution(batch)
    return outputs.clamp_(0, 6)
