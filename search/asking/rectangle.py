"""A part of a picture to search with: a shopper marks the bag in a photo of a street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from likewise.ingest.errors import ParameterError

if TYPE_CHECKING:
    from PIL import Image

LEAST = 8
"""Pixels a side that are needed to compare."""

LEAST_SHARE = 1e-4
"""Of a side; no picture has so many pixels that less of it could be seen."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Where a part lies in an upright picture, in fractions of its width and height from its left upper corner.

    Attributes:
        x, y: left upper corner of the part.
        width, height: its size.

    Raises:
        ParameterError: it lies outside of the picture, or is empty.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        ends = (self.x, self.y, self.x + self.width, self.y + self.height)
        if not all(-1e-6 <= end <= 1 + 1e-6 for end in ends) or min(self.width, self.height) < LEAST_SHARE:
            raise ParameterError(
                "A rectangle is X,Y,WIDTH,HEIGHT in fractions of the picture, such as 0.25,0.5,0.5,0.4; received "
                f"{self.x:g},{self.y:g},{self.width:g},{self.height:g}."
            )

    @classmethod
    def of(cls, value: str | Sequence[float] | Rectangle) -> Rectangle:
        """From `0.25,0.5,0.5,0.4`, or from four numbers.

        Raises:
            ParameterError: it is neither.
        """
        if isinstance(value, Rectangle):
            return value
        parts: Sequence[str | float] = value.split(",") if isinstance(value, str) else value
        try:
            x, y, width, height = map(float, parts)
        except (TypeError, ValueError):
            raise ParameterError(f"A rectangle is X,Y,WIDTH,HEIGHT; received {str(value)[:80]!r}.") from None
        return cls(x, y, width, height)

    def __str__(self) -> str:
        """As `of` reads it."""
        return f"{self.x:g},{self.y:g},{self.width:g},{self.height:g}"

    def cut(self, image: Image.Image) -> Image.Image:
        """The part of a picture; at least `LEAST` pixels a side, where the picture has them."""
        left, right = _pixels(self.x, self.width, image.width)
        upper, lower = _pixels(self.y, self.height, image.height)
        return image.crop((left, upper, right, lower))


def _pixels(start: float, share: float, side: int) -> tuple[int, int]:
    """First and last pixel of a part of a side; of what is too small, its surroundings too."""
    first, last = round(start * side), round((start + share) * side)
    first = max(0, min(first, (first + last - LEAST) // 2, side - LEAST))
    return first, min(side, max(last, first + LEAST))
