"""The original ResNet-50 (He et al. 2015, version 1) in torchvision's network.

Two things differ from torchvision's own: the first block of each later stage strides in its first
convolution, not in its second, and batch normalisation has Keras' epsilon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .torchvision_ops import import_torchvision
from .weights import Weights

if TYPE_CHECKING:
    import torch

MEAN_BGR = (103.939, 116.779, 123.68)
"""Subtracted from 0…255 pixels in blue, green, red order."""

_EPSILON = 1.001e-5
_BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}


def build(weights: Weights) -> torch.nn.Module:
    """The network with its classifier, in evaluation mode; input float32[n, 3, h, w] in BGR minus `MEAN_BGR`."""
    import torch

    network = import_torchvision().models.resnet50(weights=None)
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = _EPSILON
    state = {name: torch.from_numpy(array.copy()) for name, array in _state(weights)}
    missing, unexpected = network.load_state_dict(state, strict=False)
    left = [name for name in missing if not name.endswith("num_batches_tracked")]
    if left or unexpected:
        raise ValueError(f"the conversion leaves {left} empty and has {unexpected} to spare")
    network.eval()
    return network  # type: ignore[no-any-return]


def fuse(network: torch.nn.Module) -> torch.nn.Module:
    """Merge each batch normalisation into its convolution: the same function, fewer passes over memory."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    def fuse_pair(parent: torch.nn.Module, convolution: str, normalisation: str) -> None:
        fused = fuse_conv_bn_eval(getattr(parent, convolution), getattr(parent, normalisation))
        setattr(parent, convolution, fused)
        setattr(parent, normalisation, torch.nn.Identity())

    fuse_pair(network, "conv1", "bn1")
    for name, block in network.named_modules():
        if name.startswith("layer") and name.count(".") == 1:
            for number in "123":
                fuse_pair(block, f"conv{number}", f"bn{number}")
            if block.downsample is not None:
                fuse_pair(block.downsample, "0", "1")
    return network


def _state(weights: Weights) -> Iterator[tuple[str, np.ndarray]]:
    """Keras' names and layouts to torchvision's."""
    yield from _pair(weights, "conv1", "bn_conv1", "conv1", "bn1")
    for stage, blocks in _BLOCKS.items():
        for block, letter in zip(range(blocks), "abcdef", strict=False):
            target = f"layer{stage - 1}.{block}"
            for number, branch in enumerate("abc", 1):
                source = f"{stage}{letter}_branch2{branch}"
                yield from _pair(
                    weights, f"res{source}", f"bn{source}", f"{target}.conv{number}", f"{target}.bn{number}"
                )
            if block == 0:
                source = f"{stage}{letter}_branch1"
                yield from _pair(
                    weights, f"res{source}", f"bn{source}", f"{target}.downsample.0", f"{target}.downsample.1"
                )
    yield "fc.weight", weights["fc1000/kernel"].T
    yield "fc.bias", weights["fc1000/bias"]


def _pair(
    weights: Weights, convolution: str, normalisation: str, to_convolution: str, to_normalisation: str
) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{to_convolution}.weight", weights[f"{convolution}/kernel"].transpose(3, 2, 0, 1)
    yield f"{to_normalisation}.weight", weights[f"{normalisation}/gamma"]
    yield f"{to_normalisation}.bias", weights[f"{normalisation}/beta"]
    yield f"{to_normalisation}.running_var", weights[f"{normalisation}/moving_variance"]
    # torchvision's convolutions have no bias; in front of a normalisation it is a shift of the mean.
    mean = weights[f"{normalisation}/moving_mean"] - weights[f"{convolution}/bias"]
    yield f"{to_normalisation}.running_mean", mean
