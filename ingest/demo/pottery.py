"""Pottery: glazed cups, bowls, plates, vases and teapots."""

from __future__ import annotations

from PIL import Image

from .canvas import Canvas, both, darker, symmetric, trace
from .style import Style


def cup(canvas: Canvas, style: Style) -> None:
    """A cup with its handle to the right."""
    wide, foot = canvas.rng.uniform(0.2, 0.25), canvas.rng.uniform(0.1, 0.19)
    canvas.ground(0.82, 0.46 - foot, 0.46 + wide)
    handle = trace([(0.44 + wide, 0.36), (0.68 + wide, 0.34, 0.6 + wide, 0.56), (0.54 + wide, 0.7, 0.42 + wide, 0.66)])
    canvas.paint(canvas.stroke(handle, 0.045), style.colour, folds=0, round_=0.02)
    body = _turned(canvas, style, [(wide, 0.26), (wide * 1.02, 0.6, foot, 0.81)], 0.46)
    _rim(canvas, style, 0.46, 0.27, wide)
    _band(canvas, style, body, canvas.rng.uniform(0.4, 0.6))


def bowl(canvas: Canvas, style: Style) -> None:
    """A bowl on a foot."""
    wide, top = canvas.rng.uniform(0.32, 0.4), canvas.rng.uniform(0.38, 0.46)
    canvas.ground(0.79, 0.36, 0.64)
    canvas.paint(canvas.box(0.39, 0.72, 0.61, 0.79, 0.01), darker(style.colour, 0.8), folds=0)
    body = _turned(canvas, style, [(wide, top), (wide * 0.95, 0.72, 0.1, 0.76)], 0.5)
    _rim(canvas, style, 0.5, top, wide)
    _band(canvas, style, body, top + 0.11)


def plate(canvas: Canvas, style: Style) -> None:
    """A plate from above, with rings."""
    size = canvas.rng.uniform(0.36, 0.42)
    rim = canvas.ellipse(0.5, 0.5, size, size)
    canvas.shadow(rim, dy=0.02)
    canvas.paint(rim, style.colour, depth=0.35, folds=0.03)
    for share in sorted(canvas.rng.uniform(0.7, 0.97, int(canvas.rng.integers(1, 4))), reverse=True):
        canvas.tint(canvas.ellipse(0.5, 0.5, size * share, size * share), style.accent)
        canvas.paint(canvas.ellipse(0.5, 0.5, size * share - 0.012, size * share - 0.012), style.colour, depth=0.2)
    well = canvas.ellipse(0.5, 0.5, size * 0.62, size * 0.62)
    canvas.paint(well, style.cloth(canvas.rng), depth=0.4, folds=0.03)
    canvas.shine(both(rim, canvas.ellipse(0.36, 0.34, 0.07, 0.04)), 0.5)


def vase(canvas: Canvas, style: Style) -> None:
    """A vase, bellied below or above, with a narrow neck."""
    belly, neck = canvas.rng.uniform(0.17, 0.26), canvas.rng.uniform(0.05, 0.11)
    middle = canvas.rng.uniform(0.45, 0.68)
    canvas.ground(0.92, 0.36, 0.64)
    side = [(neck * 1.3, 0.1), (neck * 0.6, 0.22, neck, 0.28), (belly, 0.36, belly, middle)]
    body = _turned(canvas, style, [*side, (belly, 0.84, 0.11, 0.91)], 0.5)
    _rim(canvas, style, 0.5, 0.1, neck * 1.3)
    _band(canvas, style, body, middle)


def teapot(canvas: Canvas, style: Style) -> None:
    """A teapot with spout, handle and lid."""
    wide = canvas.rng.uniform(0.2, 0.25)
    canvas.ground(0.81, 0.3, 0.72)
    spout = trace([(0.52 - wide, 0.64), (0.36 - wide, 0.6, 0.34 - wide, 0.38)])
    canvas.paint(canvas.stroke(spout, 0.06), style.colour, folds=0, round_=0.02)
    handle = trace([(0.47 + wide, 0.42), (0.68 + wide, 0.36, 0.6 + wide, 0.58), (0.54 + wide, 0.7, 0.46 + wide, 0.68)])
    canvas.paint(canvas.stroke(handle, 0.04), style.accent, folds=0, round_=0.02)
    body = _turned(canvas, style, [(0.1, 0.34), (wide * 1.15, 0.38, wide * 1.1, 0.58), (wide, 0.8, 0.12, 0.8)], 0.5)
    lid = canvas.mask(symmetric([(0, 0.27), (0.1, 0.28, 0.13, 0.36), (0, 0.37)]))
    canvas.paint(lid, style.accent, folds=0, round_=0.02)
    canvas.paint(canvas.ellipse(0.5, 0.255, 0.026, 0.026), style.accent, depth=0.6, folds=0, round_=0.01)
    _band(canvas, style, body, 0.58)


def _turned(canvas: Canvas, style: Style, side: list[tuple[float, ...]], x: float) -> Image.Image:
    """What a wheel makes of an outline's right half, around `x`."""
    top, bottom = side[0][-1], side[-1][-1]
    outline = symmetric([(0, top), *side, (0, bottom)])
    body = canvas.mask([(x - 0.5 + at, y) for at, y in outline])
    canvas.shadow(body)
    canvas.paint(body, style.cloth(canvas.rng), depth=0.6, folds=0.04, round_=0.07)
    canvas.shine(both(body, canvas.stroke([(x - 0.11, top + 0.1), (x - 0.1, bottom - 0.14)], 0.03)), 0.45)
    return body


def _rim(canvas: Canvas, style: Style, x: float, y: float, wide: float) -> None:
    canvas.paint(canvas.ellipse(x, y, wide, wide * 0.16), style.colour, depth=0.2, folds=0, round_=0.02)
    canvas.paint(
        canvas.ellipse(x, y + 0.006, wide * 0.92, wide * 0.12), darker(style.colour, 0.5), folds=0, round_=0.02
    )


def _band(canvas: Canvas, style: Style, body: Image.Image, y: float) -> None:
    """A painted band or two around a body."""
    for at in range(int(canvas.rng.integers(0, 3))):
        line = trace([(0.05, y + 0.05 * at), (0.5, y + 0.05 * at + 0.035, 0.95, y + 0.05 * at)])
        canvas.tint(both(body, canvas.stroke(line, 0.018)), style.accent, 0.9)
