"""Garments, seen from the front."""

from __future__ import annotations

from PIL import Image

from .canvas import Canvas, both, darker, either, symmetric, trace
from .patterns import cloth, denim
from .style import Style


def tshirt(canvas: Canvas, style: Style) -> None:
    """A T-shirt, with a chest print when plain ones are printed."""
    _upper(canvas, style, sleeve=0.16, hem=0.86)
    _neckband(canvas, style)
    if style.pattern == "printed" and canvas.rng.random() < 0.6:
        canvas.tint(canvas.ellipse(0.5, 0.46, 0.085, 0.085), style.accent, 0.95)
        canvas.tint(canvas.mask([(0.46, 0.50), (0.5, 0.39), (0.54, 0.50)]), style.colour, 0.95)


def shirt(canvas: Canvas, style: Style) -> None:
    """A shirt with collar, placket, buttons and sometimes a pocket."""
    long = canvas.rng.random() < 0.65
    _upper(canvas, style, sleeve=0.44 if long else 0.18, hem=0.88, neck=0.065)
    seam = darker(style.colour)
    for x in (0.482, 0.518):
        canvas.tint(canvas.stroke([(x, 0.2), (x, 0.875)], 0.003), seam, 0.8)
    for at in range(7):
        y = 0.26 + 0.088 * at
        canvas.tint(canvas.ellipse(0.5, y, 0.0085, 0.0085), (245, 245, 240))
        canvas.tint(canvas.ellipse(0.5, y, 0.003, 0.003), seam)
    for sign in (-1, 1):
        flap = [(0.5, 0.215), (0.5 + sign * 0.075, 0.125), (0.5 + sign * 0.11, 0.17), (0.5 + sign * 0.06, 0.265)]
        canvas.paint(canvas.mask(flap), style.colour, depth=0.3, folds=0, round_=0.02)
        canvas.tint(canvas.stroke([*flap[1:], flap[0]], 0.003), seam, 0.7)
    if canvas.rng.random() < 0.6:
        pocket = [(0.56, 0.37), (0.65, 0.37), (0.65, 0.45), (0.605, 0.475), (0.56, 0.45), (0.56, 0.37)]
        canvas.tint(canvas.stroke(pocket, 0.004), seam, 0.75)


def top(canvas: Canvas, style: Style) -> None:
    """A woman's top: waisted, with a deep neckline and cap sleeves or straps."""
    sleeve = 0.10 if canvas.rng.random() < 0.6 else 0.0
    _upper(canvas, style, sleeve=sleeve, hem=0.78, neck=0.115, waist=0.155, dip=0.10)
    _neckband(canvas, style, neck=0.115, dip=0.10)


def kurta(canvas: Canvas, style: Style) -> None:
    """A long tunic with side slits and a half placket."""
    body = _upper(canvas, style, sleeve=0.34, hem=0.95, neck=0.06, flare=0.06)
    seam = darker(style.colour)
    canvas.tint(canvas.stroke([(0.5, 0.2), (0.5, 0.46)], 0.006), style.accent)
    for at in range(4):
        canvas.tint(canvas.ellipse(0.5, 0.25 + 0.055 * at, 0.008, 0.008), (245, 240, 225))
    for sign in (-1, 1):
        slit = canvas.stroke([(0.5 + sign * 0.21, 0.7), (0.5 + sign * 0.235, 0.97)], 0.005)
        canvas.tint(both(body, slit), seam)
    canvas.tint(both(body, canvas.stroke([(0.2, 0.925), (0.8, 0.925)], 0.014)), style.accent, 0.9)


def dress(canvas: Canvas, style: Style) -> None:
    """A dress with a fitted waist and a flared skirt."""
    flare = canvas.rng.uniform(0.24, 0.33)
    neck = canvas.rng.uniform(0.09, 0.12)
    hem = canvas.rng.uniform(0.86, 0.95)
    outline = [(0.0, 0.22), (neck * 0.8, 0.21, neck, 0.10), (neck + 0.045, 0.10), (neck + 0.02, 0.2, 0.165, 0.29)]
    outline += [(0.15, 0.38, 0.125, 0.43), (flare * 0.75, 0.6, flare, hem), (flare * 0.5, hem + 0.03, 0, hem + 0.03)]
    mask = canvas.mask(symmetric(outline))
    canvas.shadow(mask)
    canvas.paint(mask, style.cloth(canvas.rng), folds=0.16)
    canvas.tint(both(mask, canvas.mask([(0.3, 0.415), (0.7, 0.415), (0.7, 0.445), (0.3, 0.445)])), style.accent, 0.95)


def skirt(canvas: Canvas, style: Style) -> None:
    """A skirt with a waistband and pleats."""
    flare, hem = canvas.rng.uniform(0.24, 0.36), canvas.rng.uniform(0.68, 0.88)
    mask = canvas.mask(
        symmetric([(0, 0.2), (0.15, 0.2), (0.17, 0.4, flare, hem), (flare / 2, hem + 0.03, 0, hem + 0.03)])
    )
    canvas.shadow(mask)
    canvas.paint(mask, style.cloth(canvas.rng), folds=0.10)
    for at in range(-4, 5):
        pleat = trace([(0.5 + at * 0.03, 0.25), (0.5 + at * 0.035, 0.5, 0.5 + at * flare / 4.6, hem + 0.01)])
        canvas.tint(both(mask, canvas.stroke(pleat, 0.005)), darker(style.colour, 0.5), 0.35)
    canvas.paint(canvas.mask(symmetric([(0, 0.185), (0.152, 0.185), (0.155, 0.235), (0, 0.24)])), style.colour, folds=0)


def jeans(canvas: Canvas, style: Style) -> None:
    """Five-pocket jeans."""
    _legs(canvas, style, hem=0.95, width=canvas.rng.uniform(0.075, 0.105), is_denim=True)


def trousers(canvas: Canvas, style: Style) -> None:
    """Trousers with a crease."""
    _legs(canvas, style, hem=0.95, width=canvas.rng.uniform(0.09, 0.12), crease=True)


def shorts(canvas: Canvas, style: Style) -> None:
    """Shorts."""
    _legs(canvas, style, hem=canvas.rng.uniform(0.56, 0.66), width=0.15, top=0.2)


def _upper(
    canvas: Canvas,
    style: Style,
    *,
    sleeve: float,
    hem: float,
    neck: float = 0.085,
    waist: float = 0.215,
    dip: float = 0.055,
    flare: float = 0.0,
) -> Image.Image:
    """Body and sleeves; `sleeve` is their length, 0 for none. Returns the body's mask."""
    rng = canvas.rng
    narrow = 0.87 if style.gender in ("Women", "Girls") else 1.0
    shoulder = narrow * rng.uniform(0.205, 0.23)
    waist = narrow * waist * rng.uniform(0.96, 1.06)
    bottom = waist + flare + rng.uniform(0.0, 0.02)
    hem += rng.uniform(-0.03, 0.02)
    fabric = style.cloth(rng)
    body = [
        (0, 0.145 + dip),
        (neck * 0.7, 0.145 + dip, neck, 0.135),
        (shoulder, 0.185),
        (shoulder - 0.02, 0.27, shoulder, 0.36),
    ]
    body += [(waist, 0.55, bottom, hem), (bottom * 0.5, hem + 0.02, 0, hem + 0.02)]
    torso = canvas.mask(symmetric(body))
    arms = []
    if sleeve:
        reach = 0.5 * sleeve
        cuff = 0.10 - 0.09 * sleeve
        arm = [(shoulder - 0.03, 0.178), (shoulder + 0.03, 0.19, shoulder + 0.06 + reach * 0.55, 0.26 + sleeve)]
        arm += [
            (shoulder + 0.06 + reach * 0.55 - cuff, 0.285 + sleeve),
            (shoulder + 0.012, 0.37, shoulder - 0.03, 0.37),
        ]
        for sign in (-1, 1):
            arms.append(canvas.mask([(0.5 + sign * x, y) for x, y in trace(arm)]))
    canvas.shadow(either(torso, *arms))
    for arm_mask in arms:
        canvas.paint(arm_mask, fabric, depth=0.55, folds=0.16, round_=0.03)
    canvas.paint(torso, fabric, folds=0.12)
    inner = symmetric([(0, 0.145), (neck * 0.7, 0.145, neck, 0.135), (neck * 0.7, 0.145 + dip, 0, 0.145 + dip)])
    canvas.paint(canvas.mask(inner), darker(style.colour, 0.55), depth=0.2, folds=0)
    edge = trace([(0.5 - bottom, hem - 0.014), (0.5, hem + 0.012, 0.5 + bottom, hem - 0.014)])
    canvas.tint(both(torso, canvas.stroke(edge, 0.003)), darker(style.colour), 0.6)
    return torso


def _neckband(canvas: Canvas, style: Style, neck: float = 0.085, dip: float = 0.055) -> None:
    half = [(neck, 0.135), (neck * 0.7, 0.147 + dip, 0, 0.147 + dip)]
    right = trace(half)
    band = [(0.5 + x, y) for x, y in right] + [(0.5 - x, y) for x, y in reversed(right)]
    canvas.tint(canvas.stroke(band, 0.013), style.accent if canvas.rng.random() < 0.35 else darker(style.colour, 0.85))


def _legs(
    canvas: Canvas,
    style: Style,
    *,
    hem: float,
    width: float,
    top: float = 0.07,
    is_denim: bool = False,
    crease: bool = False,
) -> None:
    hip = canvas.rng.uniform(0.165, 0.19) * (0.93 if style.gender == "Women" else 1.0)
    apart = 0.045 if hem > 0.8 else 0.025
    outer = [(0, top), (hip * 0.84, top), (hip, top + 0.1, hip + 0.005, top + 0.24), (hip, 0.6, apart + width, hem)]
    inner = [(apart, hem), (0.02, min(top + 0.5, hem - 0.05), 0, top + 0.27)]
    mask = canvas.mask(symmetric([*outer, *inner]))
    fabric = (
        denim(style.colour, canvas.rng) if is_denim else cloth(style.pattern, style.colour, style.accent, canvas.rng)
    )
    canvas.shadow(mask)
    canvas.paint(mask, fabric, depth=0.5, folds=0.14, round_=0.04)
    seam = (196, 150, 90) if is_denim else darker(style.colour)
    band = canvas.stroke([(0.5 - hip, top + 0.045), (0.5 + hip, top + 0.045)], 0.004)
    canvas.tint(both(mask, band), seam, 0.8)
    canvas.tint(canvas.stroke(trace([(0.5, top + 0.05), (0.505, top + 0.27)]), 0.004), seam, 0.8)
    canvas.tint(
        canvas.ellipse(0.5, top + 0.024, 0.011, 0.011), (200, 170, 110) if is_denim else darker(style.colour, 0.4)
    )
    for sign in (-1, 1):
        pocket = trace(
            [(0.5 + sign * 0.06, top + 0.05), (0.5 + sign * 0.09, top + 0.12, 0.5 + sign * hip * 1.05, top + 0.13)]
        )
        canvas.tint(both(mask, canvas.stroke(pocket, 0.004)), seam, 0.8)
        cuff = [(0.5 + sign * apart, hem - 0.018), (0.5 + sign * (apart + width), hem - 0.018)]
        canvas.tint(both(mask, canvas.stroke(cuff, 0.004)), seam, 0.7)
        if crease:
            line = trace([(0.5 + sign * hip * 0.55, top + 0.16), (0.5 + sign * (apart + width * 0.5), hem)])
            canvas.tint(canvas.stroke(line, 0.004), darker(style.colour, 0.7), 0.5)
