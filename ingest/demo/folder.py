"""Pottery as a folder of pictures: no table, and the folders are the categories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import pottery
from .canvas import Canvas, shade
from .palette import GLAZES
from .style import Style

_KINDS: dict[str, Callable[[Canvas, Style], None]] = {
    "cups": pottery.cup,
    "bowls": pottery.bowl,
    "plates": pottery.plate,
    "vases": pottery.vase,
    "teapots": pottery.teapot,
}


def draw_folder(
    folder: str | Path, products: int = 300, seed: int = 0, progress: Callable[[int, int], object] | None = None
) -> Path:
    """Draw pottery into `folder` as `cups/cobalt-0001.jpg` and the like.

    Args:
        folder: created; pictures of an earlier run with the same names are replaced.
        products: number of pictures; the kinds take turns.
        seed: of everything.
        progress: called with the number of pictures done and their total.

    Returns:
        `folder`.
    """
    folder = Path(folder)
    for at in range(products):
        rng = np.random.default_rng([seed, 3, at])
        kind = list(_KINDS)[at % len(_KINDS)]
        glaze, paint = rng.permutation(list(GLAZES))[:2].tolist()
        pattern = str(rng.choice(["plain", "plain", "plain", "printed", "striped"]))
        canvas = Canvas(rng)
        _KINDS[kind](canvas, Style(shade(GLAZES[glaze], rng), shade(GLAZES[paint], rng), pattern))
        path = folder / kind / f"{glaze}-{at + 1:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        canvas.finish().save(path, quality=90)
        if progress is not None:
            progress(at + 1, products)
    return folder
