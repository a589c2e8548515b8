"""ResNet-50 seen twice and in colour: features for reducers that learn.

The mean of the last stage, the study's 2048 numbers, forgets much that a shopper sees. Joined to it are the means of
the two stages before, in which texture and colour still show; the same three of the product alone, cut out and
enlarged; and a colour signature of the product without its background.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import colour
from .encoders import fingerprint
from .errors import ParameterError
from .estimator import Float
from .progress import Progress
from .resnet50 import SIDE, STAGE_DIMS, ResNet50Encoder, stages_fingerprint
from .weights import original_resnet50

NAME = "resnet50-rich"
STAGES = (4, 3, 2)
BLOCKS = (*(STAGE_DIMS[stage] for stage in STAGES), *(STAGE_DIMS[stage] for stage in STAGES), colour.WIDTH)
"""Widths of the joined parts, in order."""

MARGIN = 1.06
"""Side of the square that is cut out, in lengths of the product's longer side."""


class RichResNet50Encoder:
    """float32[n, sum(BLOCKS)], whose first 2048 numbers are those of `resnet50`.

    Args:
        network: `ResNet50Encoder` with the stages `STAGES`.
    """

    name = NAME
    dim = sum(BLOCKS)
    blocks = BLOCKS
    prefix = ("resnet50", STAGE_DIMS[4])

    def __init__(self, network: ResNet50Encoder) -> None:
        self._network = network
        self.precision = network.precision
        self.fingerprint = rich_fingerprint(network.precision)

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

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """An RGB image to uint8[2, 240, 240, 3]: the whole picture, and the product alone."""
        whole = self._network.prepare(image)
        return np.stack([whole, self._network.prepare(cut_out(image))])

    def encode(self, pixels: Sequence[NDArray[np.uint8]]) -> Float:
        """A batch of uint8[2, 240, 240, 3] to float32[n, dim]."""
        whole = self._network.encode([views[0] for views in pixels])
        alone = self._network.encode([views[1] for views in pixels])
        colours = np.stack([colour.signature(views[0]) for views in pixels])
        return np.hstack([whole, alone, colours])


def cut_out(image: Image.Image) -> Image.Image:
    """The product in the middle of a square, on the picture's own background."""
    small = np.asarray(image.resize((colour.SIDE, colour.SIDE), Image.Resampling.BOX))
    mask, _ = colour.foreground(small)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    width, height = image.size
    top, bottom = rows[0] * height / colour.SIDE, (rows[-1] + 1) * height / colour.SIDE
    left, right = columns[0] * width / colour.SIDE, (columns[-1] + 1) * width / colour.SIDE
    half = MARGIN * max(bottom - top, right - left) / 2
    box = (
        round((left + right) / 2 - half),
        round((top + bottom) / 2 - half),
        round((left + right) / 2 + half),
        round((top + bottom) / 2 + half),
    )
    background = tuple(int(value) for value in np.median(colour.border(small), axis=0))
    square = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), background)
    inside = (max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3]))
    square.paste(image.crop(inside), (inside[0] - box[0], inside[1] - box[1]))
    return square


def rich_fingerprint(precision: str) -> str:
    """The fingerprint of `RichResNet50Encoder` at a precision; without torch."""
    network = stages_fingerprint(STAGES, precision)
    return fingerprint(NAME, network, SIDE, precision, margin=MARGIN, colour=colour.VERSION)
