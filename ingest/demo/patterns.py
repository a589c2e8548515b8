"""Cloth: plain, striped, checked, printed, denim."""

from __future__ import annotations

import numpy as np

from .canvas import Colour, Pixels, noise, pixels

PATTERNS = ("plain", "striped", "checked", "printed")


def cloth(pattern: str, colour: Colour, accent: Colour, rng: np.random.Generator) -> Pixels:
    """float32[side, side, 3] of a pattern in its base colour, gently warped as cloth is."""
    side = pixels()
    base = np.broadcast_to(np.asarray(colour, np.float32), (side, side, 3)).copy()
    base *= 1 + 0.025 * rng.standard_normal((side, side, 1), dtype=np.float32)
    if pattern == "plain":
        return base
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    x = x + 0.010 * noise(rng, 5, 4)
    y = y + 0.010 * noise(rng, 4, 5)
    over = _OVER[pattern](x, y, rng)
    return base + (np.asarray(accent, np.float32) - base) * over[..., None]


def denim(colour: Colour, rng: np.random.Generator) -> Pixels:
    """Twill with worn, lighter spots."""
    side = pixels()
    y, x = np.mgrid[0:side, 0:side]
    twill = 0.05 * np.sin((x + y) * 1.6)[..., None]
    worn = np.clip(noise(rng, 5, 4), 0, 1)[..., None] * 0.35
    grain = 0.06 * rng.standard_normal((side, side, 1), dtype=np.float32)
    base = np.asarray(colour, np.float32) * (1 + twill + grain)
    faded: Pixels = (base + (np.asarray((210, 220, 235)) - base) * worn).astype(np.float32)
    return faded


def wood(colour: Colour, rng: np.random.Generator) -> Pixels:
    """Boards with their grain along the picture."""
    grain = 0.11 * noise(rng, 70, 2) + 0.05 * noise(rng, 160, 3)
    boards: Pixels = np.asarray(colour, np.float32) * (1 + grain[..., None])
    return boards


def _stripes(x: Pixels, y: Pixels, rng: np.random.Generator) -> Pixels:
    along = y if rng.random() < 0.6 else x
    count, share = rng.uniform(9, 22), rng.uniform(0.3, 0.5)
    return _soft(along * count % 1, share)


def _checks(x: Pixels, y: Pixels, rng: np.random.Generator) -> Pixels:
    count, share = rng.uniform(8, 14), rng.uniform(0.28, 0.45)
    fine = 0.35 * np.maximum(_soft(x * count * 2 % 1, 0.10), _soft(y * count * 2 % 1, 0.10))
    checks: Pixels = np.clip(0.5 * _soft(x * count % 1, share) + 0.5 * _soft(y * count % 1, share) + fine, 0, 1)
    return checks


def _print(x: Pixels, y: Pixels, rng: np.random.Generator) -> Pixels:
    if rng.random() < 0.5:
        return _dots(x, y, rng)
    petals, count = rng.integers(4, 7), rng.uniform(5, 8)
    row = np.floor(y * count)
    u, v = (x * count + 0.5 * (row % 2)) % 1 - 0.5, y * count % 1 - 0.5
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    flower = 0.30 + 0.10 * np.cos(petals * angle + row)
    printed: Pixels = (np.clip((flower - radius) * 40, 0, 1) * (radius > 0.09)).astype(np.float32)
    return printed


def _dots(x: Pixels, y: Pixels, rng: np.random.Generator) -> Pixels:
    count, radius = rng.uniform(9, 16), rng.uniform(0.2, 0.32)
    row = np.floor(y * count)
    u, v = (x * count + 0.5 * (row % 2)) % 1 - 0.5, y * count % 1 - 0.5
    dots: Pixels = np.clip((radius - np.hypot(u, v)) * 30, 0, 1)
    return dots


def _soft(phase: Pixels, share: float) -> Pixels:
    """1 in the first `share` of each period, with edges a thread wide."""
    band: Pixels = np.clip((share / 2 - np.abs(phase - 0.5)) * 25 + 0.5, 0, 1)
    return band


_OVER = {"striped": _stripes, "checked": _checks, "printed": _print}
