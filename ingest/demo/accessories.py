"""Watches, bags and belts."""

from __future__ import annotations

import math

from .canvas import Canvas, Colour, both, darker, symmetric, trace
from .style import Style

_STEEL: Colour = (186, 190, 196)
_BRASS: Colour = (206, 170, 96)


def watch(canvas: Canvas, style: Style) -> None:
    """A wrist watch with hands, indices, crown and strap."""
    rng = canvas.rng
    big = 1.0 if style.gender == "Men" else 0.82
    metal = _BRASS if rng.random() < 0.35 else _STEEL
    is_round = rng.random() < 0.75
    strap = [
        (0, 0.04),
        (0.085 * big, 0.05),
        (0.11 * big, 0.3, 0.12 * big, 0.4),
        (0.12 * big, 0.6),
        (0.11 * big, 0.7, 0.08 * big, 0.96),
        (0, 0.965),
    ]
    mask = canvas.mask(symmetric(strap))
    canvas.shadow(mask)
    canvas.paint(mask, style.colour, depth=0.6, folds=0.02, round_=0.02)
    seam = darker(style.colour, 0.65)
    for sign in (-1, 1):
        for y0, y1 in ((0.07, 0.3), (0.7, 0.94)):
            canvas.tint(
                canvas.stroke([(0.5 + sign * 0.065 * big, y0), (0.5 + sign * 0.085 * big, y1)], 0.004), seam, 0.8
            )
    for at in range(4):
        canvas.tint(canvas.ellipse(0.5, 0.8 + 0.035 * at, 0.007, 0.009), (60, 60, 60))
    size = 0.215 * big
    canvas.paint(
        canvas.mask([(0.5 + size, 0.48), (0.5 + size + 0.03, 0.48), (0.5 + size + 0.03, 0.52), (0.5 + size, 0.52)]),
        metal,
        folds=0,
    )
    face: Colour = (246, 246, 242) if rng.random() < 0.5 else (28, 30, 36)
    for scale, colour in ((1.0, metal), (0.88, darker(metal, 0.75)), (0.83, face)):
        r = size * scale
        corner = r * 0.93
        square = [(0.5 - corner, 0.5 - r), (0.5 + corner, 0.5 - r), (0.5 + corner, 0.5 + r), (0.5 - corner, 0.5 + r)]
        shape = canvas.ellipse(0.5, 0.5, r, r) if is_round else canvas.mask(square)
        if scale == 1.0:
            canvas.shadow(shape)
        canvas.paint(shape, colour, depth=0.25, folds=0, round_=0.02)
    ink: Colour = (40, 40, 44) if sum(face) > 300 else (235, 235, 235)
    for hour in range(12):
        angle = math.radians(30 * hour)
        inner, outer = (0.62, 0.75) if hour % 3 == 0 else (0.67, 0.75)
        ends = [
            (0.5 + size * reach * math.sin(angle), 0.5 - size * reach * math.cos(angle)) for reach in (inner, outer)
        ]
        canvas.tint(canvas.stroke(ends, 0.010 if hour % 3 == 0 else 0.006), ink)
    for turn, reach, width in ((rng.uniform(280, 320), 0.42, 0.012), (rng.uniform(30, 70), 0.62, 0.008)):
        angle = math.radians(turn)
        tip = (0.5 + size * reach * math.sin(angle), 0.5 - size * reach * math.cos(angle))
        canvas.tint(canvas.stroke([(0.5, 0.5), tip], width), ink)
    canvas.tint(canvas.ellipse(0.5, 0.5, 0.010, 0.010), metal)
    canvas.shine(
        canvas.stroke([(0.5 - size * 0.5, 0.5 - size * 0.2), (0.5 - size * 0.1, 0.5 - size * 0.6)], 0.02), 0.25
    )


def handbag(canvas: Canvas, style: Style) -> None:
    """A handbag with two handles, a flap or a zip, and a clasp."""
    rng = canvas.rng
    lower, upper = rng.uniform(0.30, 0.38), rng.uniform(0.24, 0.29)
    top, bottom = rng.uniform(0.40, 0.46), rng.uniform(0.84, 0.9)
    canvas.ground(bottom, 0.5 - lower, 0.5 + lower)
    rise = rng.uniform(0.08, 0.18)
    for lift, shade in ((0.0, 0.65), (0.02, 0.9)):
        arc = trace(
            [
                (0.5 - upper * 0.55, top + 0.06),
                (0.5 - upper * 0.5, rise - lift, 0.5, rise - lift),
                (0.5 + upper * 0.5, rise - lift, 0.5 + upper * 0.55, top + 0.06),
            ]
        )
        canvas.paint(canvas.stroke(arc, 0.024), darker(style.accent, shade), depth=0.5, folds=0, round_=0.01)
    side = [
        (0, top - 0.01),
        (upper * 0.5, top - 0.012, upper, top),
        (upper + 0.03, (top + bottom) / 2, lower, bottom - 0.05),
    ]
    body = canvas.mask(symmetric([*side, (lower, bottom, lower - 0.05, bottom), (0, bottom + 0.01)]))
    canvas.paint(body, style.cloth(rng), depth=0.5, folds=0.05, round_=0.05)
    if rng.random() < 0.55:
        drop = top + rng.uniform(0.14, 0.22)
        flap = canvas.mask(
            symmetric(
                [(0, top - 0.01), (upper + 0.004, top), (upper, drop - 0.04), (upper * 0.8, drop, 0, drop + 0.03)]
            )
        )
        canvas.shadow(both(flap, body), dy=0.012)
        canvas.paint(flap, style.accent, depth=0.45, folds=0.02, round_=0.03)
        canvas.paint(canvas.ellipse(0.5, drop, 0.026, 0.022), _BRASS, folds=0, round_=0.01)
    else:
        canvas.tint(both(body, canvas.stroke([(0.5 - upper, top + 0.045), (0.5 + upper, top + 0.045)], 0.010)), _BRASS)
    for sign in (-1, 1):
        canvas.paint(canvas.ellipse(0.5 + sign * upper * 0.55, top + 0.055, 0.016, 0.016), _BRASS, folds=0, round_=0.01)
    stitch = [(0.5 - lower + 0.035, bottom - 0.05), (0.5 + lower - 0.035, bottom - 0.05)]
    canvas.tint(both(body, canvas.stroke(stitch, 0.004)), darker(style.colour), 0.7)


def backpack(canvas: Canvas, style: Style) -> None:
    """A backpack with a front pocket, zips and a top loop."""
    rng = canvas.rng
    wide = rng.uniform(0.235, 0.275)
    canvas.ground(0.92, 0.5 - wide, 0.5 + wide)
    for sign in (-1, 1):
        strap = trace([(0.5 + sign * 0.13, 0.2), (0.5 + sign * (wide + 0.12), 0.35, 0.5 + sign * (wide + 0.02), 0.84)])
        canvas.paint(canvas.stroke(strap, 0.04), darker(style.colour, 0.6), depth=0.5, folds=0, round_=0.015)
    loop = trace([(0.45, 0.14), (0.45, 0.06, 0.5, 0.06), (0.55, 0.06, 0.55, 0.14)])
    canvas.paint(canvas.stroke(loop, 0.02), darker(style.accent, 0.8), folds=0, round_=0.01)
    outline = [
        (0, 0.1),
        (wide * 0.9, 0.09, wide, 0.32),
        (wide + 0.02, 0.7),
        (wide + 0.02, 0.92, wide - 0.04, 0.92),
        (0, 0.925),
    ]
    body = canvas.mask(symmetric(outline))
    canvas.paint(body, style.cloth(rng), depth=0.5, folds=0.06, round_=0.05)
    arch = [(0, 0.2), (wide * 0.75, 0.2, wide * 0.86, 0.44)]
    right = trace(arch)
    zip_line = [(0.5 - x, y) for x, y in reversed(right)] + [(0.5 + x, y) for x, y in right]
    canvas.tint(canvas.stroke(zip_line, 0.008), (50, 50, 54), 0.85)
    pocket = canvas.mask(
        symmetric(
            [
                (0, 0.54),
                (wide * 0.7, 0.54),
                (wide * 0.82, 0.56, wide * 0.82, 0.64),
                (wide * 0.82, 0.84),
                (wide * 0.7, 0.87, 0, 0.87),
            ]
        )
    )
    canvas.shadow(pocket, dy=0.01)
    canvas.paint(pocket, style.accent, depth=0.4, folds=0.04, round_=0.03)
    canvas.tint(canvas.stroke([(0.5 - wide * 0.72, 0.6), (0.5 + wide * 0.72, 0.6)], 0.008), (50, 50, 54), 0.85)
    canvas.tint(canvas.stroke([(0.5 + wide * 0.6, 0.6), (0.5 + wide * 0.6, 0.645)], 0.009), _STEEL)


def belt(canvas: Canvas, style: Style) -> None:
    """A coiled belt with a frame buckle."""
    rng = canvas.rng
    width = rng.uniform(0.075, 0.10)
    metal = _BRASS if rng.random() < 0.45 else _STEEL
    middle = rng.uniform(0.5, 0.56)
    leather = style.cloth(rng)
    canvas.ground(middle + 0.15, 0.12, 0.88)
    back = trace(
        [(0.13, middle - 0.02), (0.14, middle - 0.2, 0.5, middle - 0.2), (0.86, middle - 0.2, 0.87, middle - 0.02)]
    )
    for end in (0.13, 0.87):
        canvas.paint(canvas.ellipse(end, middle - 0.02, width / 2, width / 2), darker(style.colour, 0.75), folds=0)
    canvas.paint(canvas.stroke(back, width), darker(style.colour, 0.62), depth=0.5, folds=0.02, round_=0.02)
    front = trace(
        [(0.13, middle - 0.02), (0.15, middle + 0.13, 0.5, middle + 0.13), (0.85, middle + 0.13, 0.87, middle - 0.02)]
    )
    strip = canvas.stroke(front, width)
    canvas.shadow(strip, dy=0.02)
    canvas.paint(strip, leather, depth=0.55, folds=0.02, round_=0.02)
    for offset in (-0.36, 0.36):
        line = [(x, y + offset * width) for x, y in front]
        canvas.tint(both(strip, canvas.stroke(line, 0.003)), darker(style.colour, 0.55), 0.8)
    for at in range(5):
        x, y = min(front, key=lambda point: abs(point[0] - 0.62 - 0.035 * at))
        canvas.tint(canvas.ellipse(x, y, 0.006, 0.006), (30, 26, 24))
    x, y, r = 0.42, middle + 0.055, width * 0.72
    outer = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    inner = [
        (x - r * 0.68, y - r * 0.68),
        (x + r * 0.68, y - r * 0.68),
        (x + r * 0.68, y + r * 0.68),
        (x - r * 0.68, y + r * 0.68),
    ]
    frame = canvas.mask(outer, inner)
    canvas.shadow(frame)
    canvas.paint(frame, metal, depth=0.3, folds=0, round_=0.012)
    canvas.paint(canvas.stroke([(x - r, y), (x + r * 0.75, y)], 0.014), metal, depth=0.3, folds=0, round_=0.008)
    keeper = canvas.mask(
        [
            (x + 0.10, y - width * 0.62),
            (x + 0.13, y - width * 0.62),
            (x + 0.13, y + width * 0.58),
            (x + 0.10, y + width * 0.58),
        ]
    )
    canvas.paint(keeper, darker(style.colour, 0.8), depth=0.3, folds=0, round_=0.01)
