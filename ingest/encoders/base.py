"""Name to Encoder: image to feature vector.

resnet50                       the study's network and weights, 240 x 240 pixels to 2048 numbers
resnet50-rich                  the same with two earlier stages, and the product's colours
torchvision:NAME[:WEIGHTS]     any torchvision classification network without its classifier
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ParameterError
from ..progress import Progress
from ..registry import Registry

PRECISIONS = ("fp32", "bf16")


class Encoder(Protocol):
    """Turns prepared pixels into feature vectors.

    `prepare` is cheap, pure and thread-safe, so that it can overlap with `encode`. `fingerprint` covers
    architecture, weights, preprocessing and precision: equal fingerprints mean interchangeable vectors.
    """

    @property
    def name(self) -> str:
        """As registered."""

    @property
    def dim(self) -> int:
        """Width of the feature vectors."""

    @property
    def precision(self) -> str:
        """`fp32` or `bf16`."""

    @property
    def fingerprint(self) -> str:
        """At most 64 characters."""

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[h, w, 3]."""

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""


class Family(Protocol):
    """What is registered: a class that makes encoders. `variant` is what follows the first colon of the name."""

    @classmethod
    def create(
        cls, variant: str, *, weights_file: Path | None, precision: str, device: str | None, progress: Progress | None
    ) -> Encoder:
        """The encoder with its weights."""

    @classmethod
    def identify(cls, variant: str, *, weights_file: Path | None, precision: str) -> str:
        """The fingerprint that this encoder would have, without loading its network."""


FAMILIES: Registry[Family] = Registry(
    "encoder",
    __package__,
    {
        "resnet50": "resnet50:ResNet50Encoder",
        "resnet50-rich": "resnet50_rich:RichResNet50Encoder",
        "torchvision": "torchvision:TorchvisionEncoder",
    },
)


def create_encoder(
    name: str,
    *,
    weights_file: Path | None = None,
    precision: str = "fp32",
    device: str | None = None,
    progress: Progress | None = None,
) -> Encoder:
    """The encoder registered under a name, with its weights.

    Args:
        name: see the top of this module.
        weights_file: your own checkpoint for a torchvision network.
        precision: `fp32`, or `bf16` where the processor computes in it.
        device: `cpu`, `cuda`, `cuda:1`, …; by default `cuda` where there is one.
        progress: told about the download of resnet50's weights.

    Raises:
        ParameterError: an unknown name, precision or device.
        WeightsError: the weights cannot be fetched or do not fit.
    """
    family, variant = _resolve(name)
    return family.create(variant, weights_file=weights_file, precision=precision, device=device, progress=progress)


def encoder_fingerprint(name: str, precision: str = "fp32", *, weights_file: Path | None = None) -> str:
    """The fingerprint of `create_encoder(name, …)` without its weights; for resnet50 without importing torch.

    Raises:
        ParameterError: an unknown name or precision.
        WeightsError: `weights_file` cannot be read.
    """
    family, variant = _resolve(name)
    return family.identify(variant, weights_file=weights_file, precision=precision)


def encoder_blocks(name: str) -> tuple[int, ...] | None:
    """Widths of the parts that an encoder joins, in order; None for one that joins none."""
    blocks: tuple[int, ...] | None = getattr(_resolve(name)[0], "blocks", None)
    return blocks


def fingerprint(architecture: str, weights: str, side: int, precision: str, **more: Any) -> str:  # noqa: ANN401
    """16 hexadecimal digits over all that shapes a vector: network, weights, preprocessing, precision.

    Raises:
        ParameterError: an unknown precision.
    """
    if precision not in PRECISIONS:
        raise ParameterError(f"Unknown precision {precision!r}. Known: {', '.join(PRECISIONS)}.")
    facts = {"architecture": architecture, "weights": weights, "side": side, "precision": precision, **more}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _resolve(name: str) -> tuple[type[Family], str]:
    family, _, variant = name.partition(":")
    try:
        return FAMILIES[family], variant
    except ParameterError as error:
        raise ParameterError(f"{error} For example: resnet50, torchvision:convnext_tiny.") from None
