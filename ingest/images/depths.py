"""Brightness of more than eight bits as eight: integers of 16 and 32 bits, and floating-point numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ROWS = 256
_TIFF_BITS = 258


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has more than eight bits in its only channel."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def to_eight_bits(image: Image.Image) -> Image.Image:
    """L of modes I, F and I;16, which Pillow would clip to 255 instead of scaling them; LA if a level is transparent.

    Sixteen bits are divided by 256. What numbers of 32 bits mean, no file says. So their largest value decides:
    floating-point numbers up to 1 (and a little above, where sharpening overshoots) are shares; what is at most 255,
    or at most 65,535, is as in pictures of 8 or 16 bits; anything else goes from its darkest value to its brightest.
    """
    key = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        # Twelve bits in sixteen, as some cameras and scanners write them.
        bits = getattr(image, "tag_v2", {}).get(_TIFF_BITS)
        low, scale = 0.0, 1 / 16 if bits == (12,) else 1 / 256
    else:
        low, scale = _scale(image)
    levels = np.empty((image.height, image.width), np.uint8)
    alpha = np.empty_like(levels) if isinstance(key, int) else None
    for top, values in _strips(image):
        levels[top : top + _ROWS] = np.clip((values - low) * scale, 0, 255)
        if alpha is not None:
            alpha[top : top + _ROWS] = np.where(values == key, 0, 255)
    if alpha is None:
        return Image.fromarray(levels)
    return Image.merge("LA", (Image.fromarray(levels), Image.fromarray(alpha)))


def _strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Rows from top to bottom, a few at a time, because float64 takes eight times as much as what comes out."""
    for top in range(0, image.height, _ROWS):
        strip = image.crop((0, top, image.width, min(top + _ROWS, image.height)))
        if strip.mode.startswith("I;16"):
            strip = strip.convert("I")
        values = np.asarray(strip, dtype=np.float64)
        yield top, np.nan_to_num(values, copy=True, nan=0.0, posinf=0.0, neginf=0.0)


def _scale(image: Image.Image) -> tuple[float, float]:
    """What is black, and the factor to 255 levels."""
    ranges = [(float(values.min()), float(values.max())) for _, values in _strips(image)]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    whole = image.mode == "I"
    # Resampling leaves values a little below zero.
    if low >= (0 if whole else -0.1 * high):
        if not whole and high <= 2:
            return 0.0, 255.0
        if high < 256:
            return 0.0, 1.0
        if high <= 65_535:
            return 0.0, 1 / 256
    return low, 255 / max(high - low, 1e-300)
