"""Groceries as they stand on a shelf. A style's colour is that of the package, its accent that of the label."""

from __future__ import annotations

from .canvas import Canvas, Colour, both, darker, symmetric, trace
from .style import Style

_GLASS: Colour = (222, 232, 228)
_TIN: Colour = (190, 194, 200)
_LEAF: Colour = (58, 128, 62)


def bottle(canvas: Canvas, style: Style) -> None:
    """Juice, oil or vinegar in a bottle with a label."""
    wide, neck = canvas.rng.uniform(0.12, 0.17), canvas.rng.uniform(0.035, 0.05)
    shoulder = canvas.rng.uniform(0.34, 0.44)
    canvas.ground(0.93, 0.5 - wide, 0.5 + wide)
    outline = [(0, 0.12), (neck, 0.12), (neck, shoulder - 0.1), (neck, shoulder, wide, shoulder + 0.06)]
    glass = canvas.mask(symmetric([*outline, (wide, 0.9), (wide, 0.93, wide - 0.03, 0.93), (0, 0.93)]))
    canvas.shadow(glass)
    canvas.paint(glass, style.colour, depth=0.55, folds=0.03)
    canvas.paint(canvas.box(0.5 - neck - 0.008, 0.07, 0.5 + neck + 0.008, 0.15, 0.012), style.accent, folds=0)
    _label(canvas, style, 0.5 - wide, shoulder + 0.16, 0.5 + wide, 0.8)
    canvas.shine(
        both(glass, canvas.stroke([(0.5 - wide * 0.7, shoulder + 0.08), (0.5 - wide * 0.7, 0.88)], 0.022)), 0.5
    )


def jar(canvas: Canvas, style: Style) -> None:
    """Jam, honey or pickles in a jar with a lid."""
    wide, top = canvas.rng.uniform(0.18, 0.25), canvas.rng.uniform(0.26, 0.38)
    canvas.ground(0.88, 0.5 - wide, 0.5 + wide)
    glass = canvas.box(0.5 - wide, top, 0.5 + wide, 0.88, 0.06)
    canvas.shadow(glass)
    canvas.paint(glass, _GLASS, depth=0.35, folds=0)
    canvas.paint(canvas.box(0.515 - wide, top + 0.06, 0.485 + wide, 0.865, 0.05), style.colour, depth=0.5, folds=0.12)
    canvas.paint(canvas.box(0.5 - wide * 0.9, top - 0.1, 0.5 + wide * 0.9, top + 0.01, 0.02), style.accent, folds=0)
    _label(canvas, style, 0.5 - wide, top + 0.16, 0.5 + wide, 0.76)
    canvas.shine(both(glass, canvas.stroke([(0.5 - wide * 0.8, top + 0.05), (0.5 - wide * 0.8, 0.84)], 0.02)), 0.6)


def can(canvas: Canvas, style: Style) -> None:
    """Beans, tomatoes or fish in a tin."""
    wide, top = canvas.rng.uniform(0.17, 0.25), canvas.rng.uniform(0.22, 0.5)
    canvas.ground(0.87, 0.5 - wide, 0.5 + wide)
    canvas.paint(canvas.box(0.5 - wide, top, 0.5 + wide, 0.86, 0.02), _TIN, depth=0.5, folds=0)
    paper = canvas.box(0.5 - wide, top + 0.04, 0.5 + wide, 0.82)
    canvas.paint(paper, style.cloth(canvas.rng), depth=0.6, folds=0.02, round_=0.06)
    canvas.paint(canvas.ellipse(0.5, top + 0.005, wide, 0.03), _TIN, depth=0.3, folds=0, round_=0.02)
    canvas.tint(canvas.ellipse(0.5, top + 0.006, wide * 0.86, 0.02), darker(_TIN, 0.8))
    _label(canvas, style, 0.5 - wide * 0.6, top + 0.12, 0.5 + wide * 0.6, 0.72)


def carton(canvas: Canvas, style: Style) -> None:
    """Milk, tea or cereals in a box, seen from a corner."""
    wide, top = canvas.rng.uniform(0.16, 0.26), canvas.rng.uniform(0.16, 0.34)
    edge, lean = 0.5 + wide * 0.45, 0.045
    canvas.ground(0.9, 0.5 - wide, 0.52 + wide)
    front = [(0.5 - wide, top), (edge, top + lean), (edge, 0.9), (0.5 - wide, 0.9 - lean)]
    side = [(edge, top + lean), (0.5 + wide, top), (0.5 + wide, 0.9 - lean), (edge, 0.9)]
    for face, dark in ((front, 1.0), (side, 0.72)):
        mask = canvas.mask(face)
        canvas.shadow(mask)
        canvas.paint(mask, darker(style.colour, dark), depth=0.25, folds=0)
    if canvas.rng.random() < 0.5:
        roof = [
            (0.5 - wide, top),
            (edge, top + lean),
            (0.5 + wide, top),
            (0.52, top - 0.07),
            (0.5 - wide * 0.6, top - 0.07),
        ]
        canvas.paint(canvas.mask(roof), style.accent, depth=0.25, folds=0)
    _label(canvas, style, 0.52 - wide, top + 0.15, edge - 0.02, 0.66)


def pouch(canvas: Canvas, style: Style) -> None:
    """Coffee, nuts or crisps in a bag."""
    wide = canvas.rng.uniform(0.2, 0.27)
    canvas.ground(0.9, 0.5 - wide, 0.5 + wide)
    right = [(0, 0.16), (wide * 0.94, 0.16), (wide * 0.8, 0.26), (wide * 1.1, 0.55, wide, 0.89), (0, 0.91)]
    bag = canvas.mask(symmetric(right))
    canvas.shadow(bag)
    canvas.paint(bag, style.colour, depth=0.5, folds=0.22, round_=0.07)
    canvas.tint(both(bag, canvas.box(0.2, 0.2, 0.8, 0.215)), darker(style.colour), 0.5)
    _label(canvas, style, 0.5 - wide * 0.6, 0.38, 0.5 + wide * 0.6, 0.74)
    canvas.shine(both(bag, canvas.stroke([(0.5 - wide * 0.75, 0.3), (0.5 - wide * 0.82, 0.8)], 0.02)), 0.4)


def fruit(canvas: Canvas, style: Style) -> None:
    """One to three fruits with leaf and stalk."""
    count = int(canvas.rng.integers(1, 4))
    size = (0.3, 0.22, 0.18)[count - 1]
    canvas.ground(0.58 + size * 1.02, 0.14, 0.86)
    for at in range(count):
        x = 0.5 + (at - (count - 1) / 2) * size * 1.5
        body = canvas.ellipse(x, 0.58, size, size * canvas.rng.uniform(0.9, 1.04))
        canvas.shadow(body)
        canvas.paint(body, style.colour, depth=0.6, folds=0.1, round_=0.09)
        top = 0.6 - size * 0.95
        canvas.tint(canvas.stroke(trace([(x, top), (x + 0.005, top - 0.05, x + 0.03, top - 0.1)]), 0.014), (92, 66, 40))
        leaf = canvas.mask(trace([(x + 0.01, top - 0.03), (x + 0.1, top - 0.14, x + 0.17, top - 0.05),
                                  (x + 0.09, top + 0.01, x + 0.01, top - 0.03)]))  # fmt: skip
        canvas.paint(leaf, _LEAF, depth=0.4, folds=0.1, round_=0.02)
        canvas.shine(both(body, canvas.ellipse(x - size * 0.35, 0.58 - size * 0.4, size * 0.2, size * 0.16)), 0.6)


def _label(canvas: Canvas, style: Style, x0: float, y0: float, x1: float, y1: float) -> None:
    """Paper with a band, a round mark and lines that could be words."""
    paper = canvas.box(x0, y0, x1, y1, 0.008)
    canvas.paint(paper, (246, 242, 230), depth=0.35, folds=0, round_=0.05)
    canvas.tint(both(paper, canvas.box(x0, y0, x1, y0 + 0.2 * (y1 - y0))), style.accent, 0.95)
    middle, high = (x0 + x1) / 2, y1 - y0
    canvas.tint(canvas.ellipse(middle, y0 + 0.48 * high, 0.17 * high, 0.17 * high), style.colour)
    for at, share in enumerate((0.6, 0.4)):
        y = y0 + (0.78 + 0.1 * at) * high
        half = share * (x1 - x0) / 2
        canvas.tint(canvas.stroke([(middle - half, y), (middle + half, y)], 0.009), (70, 66, 60), 0.85)
