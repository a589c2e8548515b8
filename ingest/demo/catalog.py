"""Draws the sample catalog that `likewise demo` uses: the public layout, without a single photograph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import accessories, footwear, garments
from .canvas import Canvas, shade
from .palette import CLOTH
from .style import Style

COLUMNS = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName"

_CLOTH = tuple(CLOTH)
_LEATHER = ("Black", "Brown", "Beige", "Maroon", "Navy Blue", "Red", "White", "Grey")
_DENIM = ("Blue", "Navy Blue", "Black", "Grey")
_BRANDS = ("Alder", "Birch & Co", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Harbour")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One article type: how it is drawn, and what it comes in."""

    article: str
    master: str
    sub: str
    draw: Callable[[Canvas, Style], None]
    genders: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]
    usage: str = "Casual"


_ALL = ("plain", "plain", "striped", "checked", "printed")
_KINDS = (
    _Kind("Tshirts", "Apparel", "Topwear", garments.tshirt, ("Men", "Women"), _CLOTH, ("plain", "striped", "printed")),
    _Kind("Casual Shoes", "Footwear", "Shoes", footwear.casual_shoes, ("Men", "Women"), _CLOTH, _ALL),
    _Kind("Watches", "Accessories", "Watches", accessories.watch, ("Men", "Women"), _LEATHER, ("plain",)),
    _Kind("Shirts", "Apparel", "Topwear", garments.shirt, ("Men",), _CLOTH, _ALL, "Formal"),
    _Kind("Sports Shoes", "Footwear", "Shoes", footwear.sports_shoes, ("Men", "Women"), _CLOTH, ("plain",), "Sports"),
    _Kind("Handbags", "Accessories", "Bags", accessories.handbag, ("Women",), _CLOTH, _ALL),
    _Kind("Dresses", "Apparel", "Dress", garments.dress, ("Women",), _CLOTH, _ALL),
    _Kind("Heels", "Footwear", "Shoes", footwear.heels, ("Women",), _CLOTH, ("plain", "plain", "printed")),
    _Kind("Belts", "Accessories", "Belts", accessories.belt, ("Men", "Women"), _LEATHER, ("plain", "plain", "striped")),
    _Kind("Jeans", "Apparel", "Bottomwear", garments.jeans, ("Men", "Women"), _DENIM, ("plain",)),
    _Kind("Formal Shoes", "Footwear", "Shoes", footwear.formal_shoes, ("Men",), _LEATHER, ("plain",), "Formal"),
    _Kind("Backpacks", "Accessories", "Bags", accessories.backpack, ("Unisex",), _CLOTH, _ALL),
    _Kind("Kurtas", "Apparel", "Topwear", garments.kurta, ("Men", "Women"), _CLOTH, _ALL, "Ethnic"),
    _Kind("Flip Flops", "Footwear", "Flip Flops", footwear.flip_flops, ("Men", "Women"), _CLOTH, _ALL),
    _Kind("Tops", "Apparel", "Topwear", garments.top, ("Women",), _CLOTH, _ALL),
    _Kind("Trousers", "Apparel", "Bottomwear", garments.trousers, ("Men", "Women"), _LEATHER, _ALL, "Formal"),
    _Kind("Skirts", "Apparel", "Bottomwear", garments.skirt, ("Women",), _CLOTH, _ALL),
    _Kind("Shorts", "Apparel", "Bottomwear", garments.shorts, ("Men", "Women"), _CLOTH, _ALL),
)


def draw_catalog(
    folder: Path, *, count: int = 400, seed: int = 0, progress: Callable[[int, int], object] | None = None
) -> Path:
    """Draw `count` products into `folder` as `styles.csv` and `images/<id>.jpg`; the same for the same seed.

    Args:
        folder: created; products of an earlier run with the same ids are replaced.
        count: number of products; the article types take turns.
        seed: of everything.
        progress: called with the number of products done and their total.

    Returns:
        `folder`.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines = [COLUMNS]
    for at in range(count):
        rng = np.random.default_rng([seed, at])
        kind = _KINDS[at % len(_KINDS)]
        image, line = _product(kind, 10_000 + at, rng)
        image.save(folder / "images" / f"{10_000 + at}.jpg", quality=92)
        lines.append(line)
        if progress is not None:
            progress(at + 1, count)
    (folder / "styles.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def _product(kind: _Kind, number: int, rng: np.random.Generator) -> tuple[Image.Image, str]:
    colour = str(rng.choice(kind.colours))
    accent = str(rng.choice([name for name in ("White", "Black", "Navy Blue", "Beige", "Red") if name != colour]))
    pattern = str(rng.choice(kind.patterns))
    gender = str(rng.choice(kind.genders))
    canvas = Canvas(rng)
    kind.draw(canvas, Style(shade(CLOTH[colour], rng), CLOTH[accent], pattern, gender))
    brand = str(rng.choice(_BRANDS))
    name = f"{brand} {gender} {'' if pattern == 'plain' else pattern.title() + ' '}{colour} {kind.article}"
    # As in the public table, a few names hold a comma that nobody quoted.
    name += ", Pack of 2" if number % 97 == 0 else ""
    season = str(rng.choice(["Summer", "Fall", "Winter", "Spring"]))
    row = [number, gender, kind.master, kind.sub, kind.article, colour, season, rng.integers(2011, 2019), kind.usage]
    return canvas.finish(), ",".join(map(str, [*row, name]))
