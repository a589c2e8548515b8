"""Drawing on white as a product photographer lights it: masks with volume, folds and a soft shadow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Path = Sequence[tuple[float, ...]]
Colour = tuple[int, int, int]
Pixels = NDArray[np.float32]
Box = tuple[slice, slice]

SIDE = 256
_SCALE = 2
_PIXELS = SIDE * _SCALE


def trace(path: Path) -> list[Point]:
    """Corners `(x, y)` and quadratic curves `(cx, cy, x, y)` as a polyline, in a unit square."""
    points: list[Point] = []
    for step in path:
        if len(step) == 2:
            points.append((step[0], step[1]))
            continue
        (x0, y0), (cx, cy, x1, y1) = points[-1], step
        for t in np.linspace(0, 1, 14)[1:]:
            points.append(
                (
                    (1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t**2 * x1,
                    (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t**2 * y1,
                )
            )
    return points


def symmetric(path: Path) -> list[Point]:
    """The outline whose right half is `path`, x counted from the middle of the picture."""
    right = trace(path)
    return [(0.5 + x, y) for x, y in right] + [(0.5 - x, y) for x, y in reversed(right)]


def noise(rng: np.random.Generator, rows: int, columns: int, angle: float = 0.0) -> Pixels:
    """Smooth noise in about [-1, 1] with that many waves over the picture, turned by `angle` degrees."""
    small = Image.fromarray(rng.normal(0, 0.6, (rows, columns)).astype(np.float32))
    large = small.resize((_PIXELS, _PIXELS), Image.Resampling.BICUBIC)
    return np.asarray(large.rotate(angle, Image.Resampling.BILINEAR) if angle else large, np.float32)


class Canvas:
    """A square picture under construction; coordinates are in the unit square, y downwards."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._pixels: Pixels = np.full((_PIXELS, _PIXELS, 3), 255, np.float32)
        self._light = float(rng.uniform(-0.10, 0.10))

    def mask(self, outline: Sequence[Point], *holes: Sequence[Point]) -> Image.Image:
        """A filled polygon, with holes."""
        mask = Image.new("L", (_PIXELS, _PIXELS))
        draw = ImageDraw.Draw(mask)
        draw.polygon([(x * _PIXELS, y * _PIXELS) for x, y in outline], fill=255)
        for hole in holes:
            draw.polygon([(x * _PIXELS, y * _PIXELS) for x, y in hole], fill=0)
        return mask

    def box(self, x0: float, y0: float, x1: float, y1: float, round_: float = 0.0) -> Image.Image:
        """A filled rectangle, with rounded corners."""
        mask = Image.new("L", (_PIXELS, _PIXELS))
        corners = [x0 * _PIXELS, y0 * _PIXELS, x1 * _PIXELS, y1 * _PIXELS]
        ImageDraw.Draw(mask).rounded_rectangle(corners, round_ * _PIXELS, fill=255)
        return mask

    def ellipse(self, x: float, y: float, rx: float, ry: float) -> Image.Image:
        """A filled ellipse."""
        mask = Image.new("L", (_PIXELS, _PIXELS))
        box = [(x - rx) * _PIXELS, (y - ry) * _PIXELS, (x + rx) * _PIXELS, (y + ry) * _PIXELS]
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        return mask

    def stroke(self, points: Sequence[Point], width: float) -> Image.Image:
        """A line with round joints; `width` in the unit square."""
        mask = Image.new("L", (_PIXELS, _PIXELS))
        scaled = [(x * _PIXELS, y * _PIXELS) for x, y in points]
        ImageDraw.Draw(mask).line(scaled, fill=255, width=max(1, round(width * _PIXELS)), joint="curve")
        return mask

    def shadow(self, mask: Image.Image, *, dx: float = 0.008, dy: float = 0.014, strength: float = 0.32) -> None:
        """A soft shadow that the shape casts on the paper."""
        moved = ImageChops.offset(mask, round(dx * _PIXELS), round(dy * _PIXELS))
        soft = _soft(moved, 0.014)
        where = _box(soft)
        self._pixels[where] *= 1 - strength * (np.asarray(soft, np.float32)[where] / 255)[..., None]

    def ground(self, y: float, x0: float, x1: float) -> None:
        """The shadow under something that stands."""
        self.shadow(self.ellipse((x0 + x1) / 2, y, (x1 - x0) / 2, 0.016), dx=0, dy=0, strength=0.45)

    def paint(
        self,
        mask: Image.Image,
        cloth: Pixels | Colour,
        *,
        depth: float = 0.42,
        folds: float = 0.10,
        round_: float = 0.05,
    ) -> None:
        """Fill a shape with a colour or cloth, darker towards its edges and in its folds."""
        rows, columns = where = _box(mask)
        near_edge = np.asarray(_soft(mask, round_), np.float32)[where] / 255
        shade = 1 - depth * np.clip(1.05 - near_edge, 0, 1) ** 1.3
        if folds:
            shade += folds * noise(self.rng, 4, 9, self.rng.uniform(-25, 25))[where]
        shade += self._light * np.linspace(-1, 1, _PIXELS, dtype=np.float32)[None, columns]
        colour = np.asarray(cloth, np.float32)
        colour = colour[rows, columns] if colour.ndim == 3 else colour
        # Black and white cloth would show no light at all without a little room on both sides.
        self._blend(np.clip((colour * 0.90 + 14) * shade[..., None], 0, 255), mask, where)

    def tint(self, mask: Image.Image, colour: Colour, opacity: float = 1.0) -> None:
        """Lay a flat colour over a shape: seams, buttons, prints."""
        self._blend(np.asarray(colour, np.float32), mask, _box(mask), opacity)

    def shine(self, mask: Image.Image, opacity: float) -> None:
        """A soft highlight."""
        self.tint(_soft(mask, 0.012), (255, 255, 255), opacity)

    def finish(self) -> Image.Image:
        """The picture, RGB, 256 x 256."""
        full = Image.fromarray(np.clip(self._pixels, 0, 255).astype(np.uint8))
        return full.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    def _blend(self, colour: NDArray[np.floating[Any]], mask: Image.Image, where: Box, opacity: float = 1.0) -> None:
        alpha = np.asarray(mask, np.float32)[where] / 255 * opacity
        self._pixels[where] += (colour - self._pixels[where]) * alpha[..., None]


def _box(mask: Image.Image) -> Box:
    """Rows and columns that hold a shape: most are a small part of the picture."""
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    return slice(top, bottom), slice(left, right)


def _soft(mask: Image.Image, radius: float) -> Image.Image:
    """A mask with soft edges; only the surroundings of its shape, beyond which nothing changes, are computed."""
    rows, columns = _box(mask)
    margin = int(4 * radius * _PIXELS) + 8
    left, top = max(columns.start - margin, 0), max(rows.start - margin, 0)
    right, bottom = min(columns.stop + margin, _PIXELS), min(rows.stop + margin, _PIXELS)
    soft = Image.new("L", mask.size)
    soft.paste(mask.crop((left, top, right, bottom)).filter(ImageFilter.GaussianBlur(radius * _PIXELS)), (left, top))
    return soft


def both(first: Image.Image, second: Image.Image) -> Image.Image:
    """Where both masks are."""
    return ImageChops.multiply(first, second)


def either(*masks: Image.Image) -> Image.Image:
    """Where any mask is."""
    joined = masks[0]
    for mask in masks[1:]:
        joined = ImageChops.lighter(joined, mask)
    return joined


def shade(colour: Colour, rng: np.random.Generator) -> Colour:
    """The colour of one lot: close to its name, never twice the same."""
    moved = np.clip(np.asarray(colour) + rng.normal(0, 7, 3), 8, 250)
    return (int(moved[0]), int(moved[1]), int(moved[2]))


def darker(colour: Colour, by: float = 0.6) -> Colour:
    """A seam's colour: darker, or lighter where dark would not show."""
    if sum(colour) < 150:
        return (colour[0] + 60, colour[1] + 60, colour[2] + 60)
    return (int(colour[0] * by), int(colour[1] * by), int(colour[2] * by))


def pixels() -> int:
    """Side of the canvas while drawing."""
    return _PIXELS
