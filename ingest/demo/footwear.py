"""Footwear: shoes from the side, in front of their other half; flip flops from above."""

from __future__ import annotations

from collections.abc import Callable

from .canvas import Canvas, Colour, Point, both, darker, trace
from .style import Style

Transform = Callable[[float, float], Point]


def casual_shoes(canvas: Canvas, style: Style) -> None:
    """Canvas sneakers with a rubber sole and laces."""
    canvas.ground(0.745, 0.08, 0.94)
    for transform in _pair(canvas):
        sole = canvas.mask(
            _at(transform, [(0.03, 0.78), (0.02, 0.86, 0.06, 0.87), (0.93, 0.87), (0.985, 0.86, 0.97, 0.76)])
        )
        canvas.paint(sole, (238, 236, 230), depth=0.35, folds=0, round_=0.015)
        upper = canvas.mask(_at(transform, _UPPER))
        canvas.paint(upper, style.cloth(canvas.rng), depth=0.55, folds=0.06, round_=0.035)
        toe = canvas.mask(_at(transform, [(0.8, 0.79), (0.8, 0.6, 0.9, 0.62), (0.985, 0.66, 0.965, 0.79)]))
        canvas.paint(both(toe, canvas.mask(_at(transform, _UPPER))), (240, 238, 232), depth=0.4, folds=0, round_=0.02)
        canvas.tint(canvas.stroke(_at(transform, [(0.03, 0.81), (0.96, 0.81)]), 0.006), style.accent, 0.9)
        _laces(canvas, transform, (246, 246, 244))


def sports_shoes(canvas: Canvas, style: Style) -> None:
    """Running shoes: a thick sole, a swoosh of panels, bright laces."""
    canvas.ground(0.75, 0.08, 0.94)
    for transform in _pair(canvas):
        sole_path = [
            (0.0, 0.74),
            (-0.02, 0.9, 0.08, 0.89),
            (0.4, 0.86, 0.6, 0.885),
            (0.95, 0.9),
            (1.04, 0.84, 0.97, 0.73),
        ]
        sole = canvas.mask(_at(transform, sole_path))
        canvas.paint(sole, (232, 234, 236), depth=0.4, folds=0, round_=0.015)
        canvas.tint(both(sole, canvas.stroke(_at(transform, [(0.0, 0.87), (1.0, 0.875)]), 0.016)), style.accent, 0.9)
        upper = canvas.mask(_at(transform, _UPPER))
        canvas.paint(upper, style.colour, depth=0.55, folds=0.05, round_=0.035)
        for lean in (0.0, 0.09, 0.18):
            band = _at(transform, [(0.36 + lean, 0.77), (0.47 + lean, 0.58, 0.5 + lean, 0.47)])
            canvas.tint(both(upper, canvas.stroke(band, 0.016)), style.accent, 0.95)
        heel = canvas.mask(_at(transform, [(0.02, 0.8), (0.01, 0.5), (0.12, 0.5), (0.16, 0.66, 0.15, 0.8)]))
        canvas.paint(both(heel, upper), style.accent, depth=0.45, folds=0, round_=0.02)
        _laces(canvas, transform, style.accent)


def formal_shoes(canvas: Canvas, style: Style) -> None:
    """Polished leather with a heel and a toe cap."""
    canvas.ground(0.75, 0.08, 0.94)
    for transform in _pair(canvas):
        sole = [(0.03, 0.8), (0.03, 0.91), (0.24, 0.91), (0.25, 0.86), (0.97, 0.875), (1.03, 0.83, 0.96, 0.8)]
        canvas.paint(canvas.mask(_at(transform, sole)), (38, 30, 26), depth=0.3, folds=0, round_=0.015)
        low = [
            (0.03, 0.82),
            (0.0, 0.6, 0.06, 0.47),
            (0.2, 0.5, 0.36, 0.46),
            (0.52, 0.6, 0.72, 0.62),
            (1.0, 0.66, 1.0, 0.82),
        ]
        upper = canvas.mask(_at(transform, low))
        canvas.paint(upper, style.colour, depth=0.7, folds=0.03, round_=0.04)
        seam = darker(style.colour, 0.55)
        canvas.tint(both(upper, canvas.stroke(_at(transform, [(0.78, 0.6), (0.7, 0.72, 0.76, 0.83)]), 0.006)), seam)
        canvas.tint(both(upper, canvas.stroke(_at(transform, [(0.3, 0.46), (0.3, 0.66, 0.52, 0.82)]), 0.006)), seam)
        canvas.shine(both(upper, canvas.stroke(_at(transform, [(0.8, 0.68), (0.9, 0.67, 0.95, 0.73)]), 0.02)), 0.55)
        _laces(canvas, transform, darker(style.colour, 0.45), rows=3, top=0.53)


def heels(canvas: Canvas, style: Style) -> None:
    """Pumps on a thin heel."""
    canvas.ground(0.77, 0.12, 0.92)
    high = canvas.rng.uniform(0.0, 0.1)
    for transform in _pair(canvas):
        heel = [(0.06, 0.5), (0.02, 0.7, 0.09, 0.92), (0.13, 0.92), (0.14, 0.7, 0.24, 0.62)]
        canvas.paint(canvas.mask(_at(transform, heel)), darker(style.colour, 0.8), depth=0.5, folds=0, round_=0.012)
        shoe = [(0.05, 0.6), (0.0, 0.42, 0.09, 0.36 - high), (0.2, 0.48, 0.34, 0.58), (0.55, 0.76, 0.68, 0.68)]
        shoe += [(0.84, 0.7, 1.0, 0.9), (0.8, 0.93, 0.62, 0.92), (0.4, 0.86, 0.25, 0.68), (0.15, 0.6, 0.05, 0.6)]
        mask = canvas.mask(_at(transform, shoe))
        canvas.paint(mask, style.cloth(canvas.rng), depth=0.6, folds=0.03, round_=0.03)
        canvas.shine(both(mask, canvas.stroke(_at(transform, [(0.7, 0.76), (0.84, 0.78, 0.92, 0.87)]), 0.012)), 0.5)
        edge = _at(transform, [(0.62, 0.915), (0.9, 0.925, 1.0, 0.9)])
        canvas.tint(canvas.stroke(edge, 0.008), darker(style.colour, 0.4))


def flip_flops(canvas: Canvas, style: Style) -> None:
    """A pair from above."""
    for sign in (-1, 1):
        foot = trace([(0.09, 0.14), (0.24, 0.1, 0.26, 0.3), (0.27, 0.5, 0.22, 0.62), (0.2, 0.75, 0.215, 0.83)])
        foot += trace(
            [
                (0.215, 0.83),
                (0.19, 0.93, 0.125, 0.92),
                (0.06, 0.9, 0.07, 0.78),
                (0.05, 0.5, 0.045, 0.36),
                (0.03, 0.18, 0.09, 0.14),
            ]
        )
        outline = [(0.5 + sign * x, y) for x, y in foot]
        mask = canvas.mask(outline)
        canvas.shadow(mask, dx=0.012, dy=0.02, strength=0.4)
        canvas.paint(mask, style.cloth(canvas.rng), depth=0.35, folds=0.03, round_=0.03)
        canvas.tint(both(mask, canvas.stroke([*outline, outline[0]], 0.016)), style.accent, 0.9)
        toe = (0.5 + sign * 0.13, 0.27)
        for side in (0.045, 0.262):
            strap = trace([toe, (0.5 + sign * (side + 0.13) / 2, 0.36, 0.5 + sign * side, 0.56)])
            canvas.shadow(canvas.stroke(strap, 0.03), dx=0.004, dy=0.01)
            canvas.paint(canvas.stroke(strap, 0.03), style.accent, depth=0.5, folds=0, round_=0.012)
        canvas.tint(canvas.ellipse(*toe, 0.012, 0.012), darker(style.accent))


_UPPER = [
    (0.03, 0.8),
    (0.0, 0.55, 0.06, 0.4),
    (0.2, 0.46, 0.33, 0.36),
    (0.4, 0.33, 0.43, 0.4),
    (0.55, 0.56, 0.75, 0.6),
    (0.98, 0.64, 0.97, 0.8),
]


def _pair(canvas: Canvas) -> list[Transform]:
    """How the unit square is moved to the far shoe and to the near one, in a box of a slightly random size."""
    width = canvas.rng.uniform(0.66, 0.74)
    height = canvas.rng.uniform(0.62, 0.7)

    def at(left: float, top: float) -> Transform:
        return lambda x, y: (left + x * width, top + y * height)

    return [at(0.24, 0.09), at(0.08, 0.17)]


def _at(transform: Transform, path: list[tuple[float, ...]]) -> list[Point]:
    return [transform(x, y) for x, y in trace(path)]


def _laces(canvas: Canvas, transform: Transform, colour: Colour, *, rows: int = 4, top: float = 0.44) -> None:
    for at in range(rows):
        x, y = 0.40 + 0.075 * at, top + 0.05 * at
        canvas.tint(
            canvas.stroke([transform(x, y - 0.015), transform(x - 0.07, y + 0.075)], 0.011), darker(colour, 0.7)
        )
        canvas.tint(canvas.stroke([transform(x, y - 0.02), transform(x - 0.07, y + 0.07)], 0.009), colour)
