"""Which precision suits the processor, and the encoder of a new index that waits for its catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..arrays import Float
from ..progress import Progress
from .base import create_encoder, encoder_parts
from .chunks import Pixels
from .lazy import LazyEncoder
from .quantized import QuantizedEncoder, calibrate, calibration_key, can_calibrate
from .spec import EncoderSpec

if TYPE_CHECKING:
    from PIL import Image

AUTO = "auto"

WORTH_IT = 1500
"""Pictures from which a calibration, as long as the encoding of some hundred of them, is made up for."""


def processor() -> Mapping[str, object]:
    """What this machine's processor computes in, by torch's names for it; `cuda` where there is a GPU."""
    import torch

    return {**torch.cpu.get_capabilities(), "cuda": torch.cuda.is_available()}


def choose_precision(pictures: int, *, quantizable: bool, found: Mapping[str, object]) -> tuple[str, str]:
    """The fastest precision of a new index that is worth it, and why.

    Args:
        pictures: number that it begins with.
        quantizable: whether its encoder can be quantized, and what that takes is installed.
        found: as `processor` tells.
    """
    if found.get("cuda"):
        return "bf16", "there is a GPU"
    if quantizable and pictures >= WORTH_IT and (found.get("avx512_vnni") or found.get("avx_vnni")):
        return "int8", "the processor has VNNI, and OpenVINO is installed"
    if found.get("avx512_bf16") or found.get("amx_bf16"):
        return "bf16", "the processor computes in it"
    return "fp32", "the processor has nothing faster"


def new_encoder(
    name: str, precision: str, *, weights_file: Path | None = None, progress: Progress | None = None
) -> LazyEncoder | UndecidedEncoder:
    """The encoder of a new index, as far as it can be known before its catalog.

    Args:
        name: see `likewise.ingest.encoders`.
        precision: one of `PRECISIONS`, or `auto`.
        weights_file: your own checkpoint.
        progress: told about a download of weights.

    Raises:
        ParameterError: an unknown name or precision.
    """
    kind = UndecidedEncoder if precision in (AUTO, "int8") else LazyEncoder
    return kind(name, precision, weights_file=weights_file, progress=progress)


class UndecidedEncoder:
    """The encoder of a new index in `auto` or `int8`: which it is, its catalog's pictures say.

    Until then it shows an identity that no other encoder has, and answers in fp32.

    Args:
        name: see `likewise.ingest.encoders`.
        precision: `auto` or `int8`.
        weights_file: your own checkpoint.
        progress: told about a download of weights.
    """

    def __init__(
        self, name: str, precision: str, *, weights_file: Path | None = None, progress: Progress | None = None
    ) -> None:
        self.name = name
        self.precision = precision
        self.in_precision = partial(LazyEncoder, name, weights_file=weights_file, progress=progress)
        self._plain = self.in_precision("fp32")
        # Not by `_plain`, which another device may have: what is quantized is quantized for a processor.
        self._on_processor = partial(create_encoder, name, weights_file=weights_file, device="cpu", progress=progress)

    @property
    def spec(self) -> EncoderSpec:
        """Name and widths."""
        return EncoderSpec(self.name, self.precision, "", self._plain.spec.parts)

    @property
    def quantizable(self) -> bool:
        """Whether `auto` may choose int8: for the encoders that it was measured on, with what it takes installed."""
        return can_calibrate() and encoder_parts(self.name) is not None

    def prepare(self, image: Image.Image) -> Pixels:
        """See `Encoder`."""
        return self._plain.prepare(image)

    def encode(self, pixels: Sequence[Pixels]) -> Float:
        """See `Encoder`."""
        return self._plain.encode(pixels)

    def key(self, contents: Sequence[str]) -> str:
        """See `quantized.calibration_key`."""
        return calibration_key(self._plain.spec.fingerprint, contents)

    def calibrated(self, pictures: Sequence[Image.Image], others: Sequence[Image.Image]) -> QuantizedEncoder:
        """The encoder in int8, calibrated on pictures and compared on others, see `quantized.calibrate`."""
        plain = self._on_processor()
        return calibrate(plain, [plain.prepare(each) for each in pictures], [plain.prepare(each) for each in others])
