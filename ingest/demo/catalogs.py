"""The drawn catalogs by name: the public layout, and three of the shapes that other shops have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .catalog import draw_catalog
from .folder import draw_folder
from .furniture import draw_furniture
from .groceries import draw_groceries

__all__ = ["CATALOGS", "Drawn", "draw_fashion", "draw_folder", "draw_furniture", "draw_groceries"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A catalog that can be drawn, and what a person types who has such a one.

    Attributes:
        draw: takes the folder, the number of products, the seed and the progress.
        reading: fields of `ReadingOptions` that it is read with.
        options: the same on the command line.
        where: a filter that suits it.
    """

    draw: Callable[..., Path]
    reading: dict[str, Any]
    options: str
    where: str


def draw_fashion(
    folder: str | Path, products: int = 300, seed: int = 0, progress: Callable[[int, int], object] | None = None
) -> Path:
    """Draw fashion in the public layout, `styles.csv` and `images/<id>.jpg`; see `draw_catalog`."""
    return draw_catalog(Path(folder), count=products, seed=seed, progress=progress)


CATALOGS = {
    "fashion": Drawn(draw_fashion, {}, "", "gender=Women"),
    "furniture": Drawn(
        draw_furniture,
        {"id_column": "sku", "image_columns": ("photo",), "types": (("width_cm", "float"),)},
        "--id-column sku --image-column photo --column width_cm:float",
        "price<500",
    ),
    "groceries": Drawn(
        draw_groceries,
        {"id_column": "code", "image_columns": ("picture",)},
        "--id-column code --image-column picture",
        "labels=vegan",
    ),
    "folder": Drawn(draw_folder, {}, "", "category=vases"),
}
"""By the name that `likewise demo --catalog` takes."""
