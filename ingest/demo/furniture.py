"""Furniture as a spreadsheet in Europe writes it: semicolons, commas in numbers, prices in euros, two views each."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from . import furniture_shapes as shapes
from .canvas import Canvas, shade
from .palette import COVERS, WOODS
from .style import Style

COLUMNS = ("sku", "photo", "brand", "price", "in_stock", "colour", "category", "title", "width_cm", "added")
VIEWS = ("front", "side")

_BRANDS = ("Møbla", "Haus & Hof", "Linnea", "Tavola")
_SINCE = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of furniture, with its usual price in euros and width in centimetres."""

    category: str
    draw: Callable[..., None]
    price: float
    width: float


_KINDS = (
    _Kind("Chair", shapes.chair, 129, 46),
    _Kind("Sofa", shapes.sofa, 999, 205),
    _Kind("Table", shapes.table, 549, 160),
    _Kind("Shelf", shapes.shelf, 249, 90),
    _Kind("Lamp", shapes.lamp, 89, 38),
    _Kind("Cabinet", shapes.cabinet, 449, 120),
)


def draw_furniture(
    folder: str | Path, products: int = 300, seed: int = 0, progress: Callable[[int, int], object] | None = None
) -> Path:
    """Draw furniture into `folder` as `furniture.csv` and `photos/<sku>_front.jpg` and `_side.jpg`.

    Args:
        folder: created; products of an earlier run with the same ids are replaced.
        products: number of products; the kinds take turns.
        seed: of everything.
        progress: called with the number of products done and their total.

    Returns:
        `folder`.
    """
    folder = Path(folder)
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    with (folder / "furniture.csv").open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for at in range(products):
            writer.writerow(_product(folder, at, np.random.default_rng([seed, 1, at])))
            if progress is not None:
                progress(at + 1, products)
    return folder


def _product(folder: Path, at: int, rng: np.random.Generator) -> list[str]:
    kind, sku = _KINDS[at % len(_KINDS)], f"M-{1000 + at}"
    colour, board = str(rng.choice(list(COVERS))), str(rng.choice(list(WOODS)))
    style = Style(shade(COVERS[colour], rng), shade(WOODS[board], rng), "plain")
    # Both views are of one product: what is chosen at random while it is drawn has to be the same.
    own = int(rng.integers(2**31))
    photos = []
    for view in VIEWS:
        canvas = Canvas(np.random.default_rng(own))
        kind.draw(canvas, style, aside=view == "side")
        photos.append(f"photos/{sku}_{view}.jpg")
        canvas.finish().save(folder / photos[-1], quality=90)
    brand = str(rng.choice(_BRANDS))
    # A sofa without a price is one that the shop makes to order.
    price = "" if rng.random() < 0.04 else _euros(kind.price * float(rng.uniform(0.6, 1.9)))
    width = f"{kind.width * rng.uniform(0.85, 1.2):.1f}".replace(".", ",")
    added = (_SINCE + timedelta(days=int(rng.integers(0, 300)))).isoformat()
    stock = "no" if rng.random() < 0.25 else "yes"
    title = f"{kind.category} {brand} no. {1000 + at}, {colour} and {board}"
    return [sku, "|".join(photos), brand, price, stock, colour, kind.category, title, width, added]


def _euros(amount: float) -> str:
    """As in `1.299,00 €`."""
    whole = round(amount) // 10 * 10 + 9
    return f"{whole:,}".replace(",", ".") + ",00 €"
