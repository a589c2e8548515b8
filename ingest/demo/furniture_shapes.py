"""Furniture, seen from the front and from the side; a style's colour is that of covers, its accent that of wood."""

from __future__ import annotations

from .canvas import Canvas, both, darker, either, symmetric
from .patterns import wood
from .style import Style


def chair(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A chair with a padded seat; from the side its back leans."""
    boards = wood(style.accent, canvas.rng)
    slats = int(canvas.rng.integers(1, 4))
    canvas.ground(0.93, 0.26, 0.76)
    if aside:
        back = canvas.mask([(0.27, 0.1), (0.32, 0.1), (0.37, 0.56), (0.31, 0.92), (0.27, 0.92), (0.31, 0.56)])
        canvas.paint(back, boards, folds=0, round_=0.015)
        canvas.paint(
            canvas.mask([(0.66, 0.57), (0.71, 0.57), (0.73, 0.92), (0.69, 0.92)]), boards, folds=0, round_=0.015
        )
        canvas.paint(canvas.box(0.31, 0.58, 0.72, 0.62), boards, folds=0, round_=0.015)
        canvas.paint(canvas.box(0.31, 0.52, 0.75, 0.59, 0.03), style.colour, folds=0.05, round_=0.03)
        return
    for x in (0.29, 0.66):
        canvas.paint(canvas.box(x, 0.1, x + 0.05, 0.92, 0.015), boards, folds=0, round_=0.015)
    for at in range(slats):
        height = 0.3 / slats
        top = 0.12 + at * height
        canvas.paint(canvas.box(0.31, top, 0.69, top + height * 0.72, 0.02), boards, folds=0, round_=0.02)
    canvas.paint(canvas.box(0.25, 0.53, 0.75, 0.61, 0.035), style.colour, folds=0.05, round_=0.03)
    for x in (0.27, 0.68):
        canvas.paint(canvas.box(x, 0.6, x + 0.05, 0.93, 0.01), boards, folds=0, round_=0.015)


def sofa(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A sofa with two or three cushions."""
    low = canvas.rng.uniform(0.3, 0.38)
    cushions = int(canvas.rng.integers(2, 4))
    legs = canvas.rng.uniform(0.05, 0.09)
    left, right = (0.3, 0.74) if aside else (0.07, 0.93)
    canvas.ground(0.76 + legs, left, right)
    for x in (left + 0.04, right - 0.08):
        canvas.paint(canvas.box(x, 0.74, x + 0.04, 0.76 + legs), wood(style.accent, canvas.rng), folds=0, round_=0.01)
    if aside:
        canvas.paint(canvas.box(left - 0.02, low, left + 0.14, 0.74, 0.05), style.colour, folds=0.06)
        canvas.paint(canvas.box(left, 0.5, right, 0.76, 0.04), style.colour, depth=0.5, folds=0.06)
        canvas.paint(canvas.ellipse(right - 0.07, 0.52, 0.085, 0.07), style.colour, depth=0.6, folds=0.04)
        return
    canvas.paint(canvas.box(0.12, low, 0.88, 0.72, 0.06), style.colour, folds=0.06)
    width = 0.68 / cushions
    for at in range(cushions):
        x = 0.16 + at * width
        canvas.paint(canvas.box(x, low + 0.04, x + width, 0.58, 0.05), style.colour, depth=0.5, folds=0.08)
        canvas.paint(canvas.box(x, 0.55, x + width, 0.68, 0.04), style.colour, depth=0.55, folds=0.08)
    canvas.paint(canvas.box(0.1, 0.66, 0.9, 0.76, 0.03), style.colour, folds=0.05)
    for x in (0.06, 0.8):
        canvas.paint(canvas.box(x, 0.48, x + 0.14, 0.76, 0.06), style.colour, depth=0.55, folds=0.05)


def table(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A table on four legs or on one foot."""
    one_foot = canvas.rng.random() < 0.35
    boards = wood(style.accent, canvas.rng)
    half = 0.26 if aside and not one_foot else 0.43
    canvas.ground(0.87, 0.52 - half, 0.48 + half)
    if one_foot:
        canvas.paint(canvas.box(0.47, 0.42, 0.53, 0.84), boards, folds=0, round_=0.02)
        canvas.paint(canvas.mask(symmetric([(0, 0.8), (0.04, 0.8, 0.18, 0.87), (0, 0.87)])), boards, folds=0)
    else:
        for sign in (-1, 1):
            outer, inner = 0.5 + sign * (half - 0.03), 0.5 + sign * (half - 0.085)
            leg = [(outer, 0.4), (0.5 + sign * (half - 0.015), 0.87), (0.5 + sign * (half - 0.05), 0.87), (inner, 0.4)]
            canvas.paint(canvas.mask(leg), boards, folds=0, round_=0.012)
        canvas.paint(canvas.box(0.54 - half, 0.4, 0.46 + half, 0.47), boards, depth=0.5, folds=0)
    canvas.paint(canvas.box(0.5 - half, 0.35, 0.5 + half, 0.41, 0.012), boards, depth=0.3, folds=0, round_=0.015)
    canvas.tint(canvas.stroke([(0.5 - half, 0.408), (0.5 + half, 0.408)], 0.004), darker(style.accent, 0.5), 0.6)


def shelf(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A bookcase with things on its boards; from the side a panel."""
    boards = wood(style.accent, canvas.rng)
    rows = int(canvas.rng.integers(3, 6))
    canvas.ground(0.94, 0.4 if aside else 0.2, 0.6 if aside else 0.8)
    if aside:
        canvas.paint(canvas.box(0.4, 0.07, 0.6, 0.94), boards, depth=0.35, folds=0)
        for at in range(rows + 1):
            y = 0.09 + at * 0.83 / rows
            canvas.tint(canvas.stroke([(0.42, y), (0.58, y)], 0.004), darker(style.accent, 0.7), 0.5)
        return
    frame = canvas.box(0.2, 0.07, 0.8, 0.94, 0.01)
    canvas.shadow(frame)
    canvas.paint(frame, boards, depth=0.3, folds=0)
    height = 0.83 / rows
    for at in range(rows):
        top = 0.09 + at * height
        inside = canvas.box(0.225, top, 0.775, top + height - 0.02)
        canvas.paint(inside, darker(style.accent, 0.55), depth=0.45, folds=0, round_=0.02)
        x = 0.24
        while x < 0.7 and canvas.rng.random() < 0.86:
            wide, tall = canvas.rng.uniform(0.025, 0.05), canvas.rng.uniform(0.55, 0.9) * (height - 0.03)
            spine = style.colour if canvas.rng.random() < 0.5 else (232, 226, 212)
            book = canvas.box(x, top + height - 0.022 - tall, x + wide, top + height - 0.02)
            canvas.paint(book, spine, depth=0.4, folds=0, round_=0.008)
            x += wide + 0.004


def lamp(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A standing lamp; from the side its shade is turned."""
    tall, wide = canvas.rng.uniform(0.08, 0.16), canvas.rng.uniform(0.14, 0.2)
    x = 0.5
    canvas.ground(0.935, 0.33, 0.67)
    canvas.paint(canvas.ellipse(x, 0.92, 0.13, 0.022), style.accent, folds=0, round_=0.02)
    canvas.paint(canvas.box(x - 0.011, tall + 0.2, x + 0.011, 0.92), style.accent, depth=0.6, folds=0, round_=0.01)
    if aside:
        canvas.paint(canvas.stroke([(x, tall + 0.24), (x + 0.2, tall + 0.1)], 0.02), style.accent, folds=0, round_=0.01)
        x += 0.16
    hood = [(x - wide * 0.62, tall), (x + wide * 0.62, tall), (x + wide, tall + 0.26), (x - wide, tall + 0.26)]
    mask = canvas.mask(hood)
    canvas.shadow(mask)
    canvas.paint(mask, style.cloth(canvas.rng), depth=0.5, folds=0.05)
    canvas.shine(both(mask, canvas.ellipse(x, tall + 0.24, wide * 0.7, 0.09)), 0.55)
    canvas.tint(canvas.stroke([hood[3], hood[2]], 0.008), darker(style.colour), 0.9)


def cabinet(canvas: Canvas, style: Style, *, aside: bool) -> None:
    """A chest with drawers or doors in colour, on short legs."""
    boards = wood(style.accent, canvas.rng)
    drawers, columns = int(canvas.rng.integers(2, 5)), int(canvas.rng.integers(1, 4))
    left, right = (0.36, 0.64) if aside else (0.14, 0.86)
    top = canvas.rng.uniform(0.3, 0.42)
    canvas.ground(0.885, left, right)
    legs = [canvas.box(x, 0.8, x + 0.035, 0.88) for x in (left + 0.03, right - 0.065)]
    canvas.paint(either(*legs), boards, folds=0, round_=0.01)
    body = canvas.box(left, top, right, 0.82, 0.012)
    canvas.shadow(body)
    canvas.paint(body, boards, depth=0.35, folds=0)
    if aside:
        return
    wide, tall = (right - left - 0.03) / columns, (0.79 - top) / drawers
    for column in range(columns):
        for row in range(drawers):
            x, y = left + 0.015 + column * wide, top + 0.015 + row * tall
            front = canvas.box(x + 0.006, y + 0.006, x + wide - 0.006, y + tall - 0.006, 0.006)
            canvas.paint(front, style.colour, depth=0.3, folds=0, round_=0.015)
            canvas.paint(canvas.ellipse(x + wide / 2, y + tall / 2, 0.014, 0.014), style.accent, folds=0, round_=0.008)
