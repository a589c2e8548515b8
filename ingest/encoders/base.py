"""What an encoder is, and the encoders that can be chosen by name.

resnet50                       the study's network and weights, 240 x 240 pixels to 2048 numbers
resnet50-rich                  the same with two earlier stages, a second network, and the product's colours
torchvision:NAME[:WEIGHTS]     any torchvision classification network without its classifier
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float
from ..errors import ParameterError
from ..progress import Progress
from ..registry import Registry
from .chunks import Pixels
from .spec import EncoderSpec, fingerprint_of

if TYPE_CHECKING:
    from PIL import Image

    from .torch_encoder import TorchEncoder

PRECISIONS = ("fp32", "bf16", "int8")
"""Of features. What is in int8 is calibrated on a catalog, see `quantized`."""

FROM_WEIGHTS = ("fp32", "bf16")
"""Precisions in which published weights suffice to make an encoder."""


class Encoder(Protocol):
    """Turns prepared pixels into feature vectors.

    `prepare` is cheap, pure and thread-safe, so that it can overlap with `encode`.
    """

    @property
    def spec(self) -> EncoderSpec:
        """Name, precision, fingerprint and widths."""

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize an RGB image to uint8[h, w, 3]."""

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch of prepared images to float32[n, dim]."""


class Family(Protocol):
    """What is registered: a class that creates encoders. `variant` is what follows the first colon of the name.

    Attributes:
        parts: widths of the parts that the features join, where they are known without the network.
        leading: the encoder whose features come first in these, and their width, where there is one.
    """

    parts: ClassVar[tuple[int, ...] | None]
    leading: ClassVar[tuple[str, int] | None]

    @staticmethod
    def beside(pixels: Pixels) -> Float:
        """What of the features needs no network, see `chunks.Beside`."""

    @classmethod
    def create(
        cls, variant: str, *, weights_file: Path | None, precision: str, device: str | None, progress: Progress | None
    ) -> TorchEncoder:
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
) -> TorchEncoder:
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
    family, variant = family_of(name)
    return family.create(variant, weights_file=weights_file, precision=precision, device=device, progress=progress)


def encoder_fingerprint(name: str, precision: str = "fp32", *, weights_file: Path | None = None) -> str:
    """The fingerprint of `create_encoder(name, …)` without its weights; for resnet50 without importing torch.

    Raises:
        ParameterError: an unknown name or precision.
        WeightsError: `weights_file` cannot be read.
    """
    family, variant = family_of(name)
    return family.identify(variant, weights_file=weights_file, precision=precision)


def encoder_parts(name: str) -> tuple[int, ...] | None:
    """Widths of the parts that an encoder's features join, in order; None where only its network knows them.

    Raises:
        ParameterError: an unknown name.
    """
    return family_of(name)[0].parts


def leading_encoder(spec: EncoderSpec) -> EncoderSpec | None:
    """The encoder whose features are the first numbers of this one's; None where there is none.

    Raises:
        ParameterError: an unknown name.
    """
    leading = family_of(spec.name)[0].leading
    if leading is None:
        return None
    name, width = leading
    if spec.quantization is not None:
        # The part of one network, not the network that it would have by itself.
        identity = hashlib.sha256(f"{spec.fingerprint}, the first {width}".encode()).hexdigest()[:16]
        return dataclasses.replace(spec, name=name, fingerprint=identity, parts=(width,))
    return EncoderSpec(name, spec.precision, encoder_fingerprint(name, spec.precision), (width,))


def hash_of_encoder(architecture: str, weights: str, side: int, precision: str, **more: Any) -> str:  # noqa: ANN401
    """16 hexadecimal digits over all that shapes a vector: network, weights, preprocessing, precision.

    Raises:
        ParameterError: an unknown precision.
    """
    if precision not in FROM_WEIGHTS:
        known = ", ".join(FROM_WEIGHTS)
        raise ParameterError(
            f"Unknown precision {precision!r}. Known: {known}; and int8, which is calibrated when an index is made "
            "and travels with it."
        )
    facts = {"architecture": architecture, "weights": weights, "side": side, "precision": precision, **more}
    return fingerprint_of(facts)


def family_of(name: str) -> tuple[type[Family], str]:
    """The class that makes the encoders of a family, and the variant that a name asks it for.

    Raises:
        ParameterError: an unknown name.
    """
    family, _, variant = name.partition(":")
    try:
        return FAMILIES[family], variant
    except ParameterError as error:
        raise ParameterError(f"{error} For example: resnet50, torchvision:convnext_tiny.") from None
