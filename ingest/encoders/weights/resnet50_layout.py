"""The original ResNet-50's tensors: where they lie in Keras' shards, and what torchvision calls them.

Both are plain sequences of little-endian float32. Keras' (as TensorFlow.js writes them) goes through the layers
in alphabetical order, ours through the network from its input to its classifier. Weights are only moved about,
but for one float32 subtraction per channel, so our sequence has a known SHA-256 too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Flat = NDArray[np.float32]
Tensors = dict[str, NDArray[np.float32]]
Shape = tuple[int, ...]

FEATURES = 2048
CLASSES = 1000

_STAGES = {2: (3, 64), 3: (4, 128), 4: (6, 256), 5: (3, 512)}
"""Keras' number of a stage to its blocks and the channels inside them; a block ends in four times as many."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A convolution and its batch normalisation, under both libraries' names."""

    keras: tuple[str, str]
    torch: tuple[str, str]
    shape: tuple[int, int, int, int]
    """Output channels, input channels, height, width."""


def convert(shards: bytes) -> Flat:
    """Keras' shards to float32[25,610,152] in our order.

    Raises:
        ValueError: the shards have another length.
    """
    keras = _split(np.frombuffer(shards, "<f4"), _keras_layout())
    parts: list[Flat] = []
    for pair in _pairs():
        convolution, normalisation = pair.keras
        parts += [
            keras[f"{convolution}/kernel"].transpose(3, 2, 0, 1),
            keras[f"{normalisation}/gamma"],
            keras[f"{normalisation}/beta"],
            # torchvision's convolutions have no bias; before a normalisation it is a shift of the mean.
            keras[f"{normalisation}/moving_mean"] - keras[f"{convolution}/bias"],
            keras[f"{normalisation}/moving_variance"],
        ]
    parts += [keras["fc1000/kernel"].T, keras["fc1000/bias"]]
    return np.concatenate([part.ravel() for part in parts]).astype("<f4", copy=False)


def tensors(flat: Flat) -> Tensors:
    """Our sequence to views under the names of torchvision's `resnet50`.

    Raises:
        ValueError: the sequence has another length.
    """
    return _split(flat, _torch_layout())


def _pairs() -> Iterator[_Pair]:
    yield _Pair(("conv1", "bn_conv1"), ("conv1", "bn1"), (64, 3, 7, 7))
    channels = 64
    for stage, (blocks, width) in _STAGES.items():
        for block in range(blocks):
            keras, torch = f"{stage}{'abcdef'[block]}_branch", f"layer{stage - 1}.{block}."
            inside = ((width, channels, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1))
            for number, (letter, shape) in enumerate(zip("abc", inside, strict=True), 1):
                names = (f"res{keras}2{letter}", f"bn{keras}2{letter}")
                yield _Pair(names, (f"{torch}conv{number}", f"{torch}bn{number}"), shape)
            if block == 0:
                names = (f"res{keras}1", f"bn{keras}1")
                yield _Pair(names, (f"{torch}downsample.0", f"{torch}downsample.1"), (4 * width, channels, 1, 1))
            channels = 4 * width


def _keras_layout() -> dict[str, Shape]:
    layers: dict[str, dict[str, Shape]] = {"fc1000": {"kernel": (FEATURES, CLASSES), "bias": (CLASSES,)}}
    for pair in _pairs():
        outputs, inputs, height, width = pair.shape
        convolution, normalisation = pair.keras
        layers[convolution] = {"kernel": (height, width, inputs, outputs), "bias": (outputs,)}
        layers[normalisation] = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (outputs,))
    return {f"{layer}/{part}": shape for layer in sorted(layers) for part, shape in layers[layer].items()}


def _torch_layout() -> dict[str, Shape]:
    layout: dict[str, Shape] = {}
    for pair in _pairs():
        convolution, normalisation = pair.torch
        layout[f"{convolution}.weight"] = pair.shape
        for part in ("weight", "bias", "running_mean", "running_var"):
            layout[f"{normalisation}.{part}"] = pair.shape[:1]
    return {**layout, "fc.weight": (CLASSES, FEATURES), "fc.bias": (CLASSES,)}


def _split(flat: Flat, layout: dict[str, Shape]) -> Tensors:
    total = sum(prod(shape) for shape in layout.values())
    if flat.shape != (total,):
        raise ValueError(f"ResNet-50 has {total:,} weights; received an array of shape {flat.shape}")
    ends = np.cumsum([prod(shape) for shape in layout.values()])
    parts = np.split(flat, ends[:-1])
    return {name: part.reshape(shape) for part, (name, shape) in zip(parts, layout.items(), strict=True)}
