"""Groceries as a program exports them: a JSON object a line, with lists, dates, and codes with leading zeros."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from . import grocery_shapes as shapes
from .canvas import Canvas, Colour, shade
from .style import Style

_LABELS = ("organic", "vegan", "gluten-free", "fair trade", "local")
_BANDS: tuple[Colour, ...] = ((178, 40, 44), (36, 84, 140), (52, 112, 66), (222, 170, 60), (60, 52, 48))
_MAKERS = ("Hill Farm", "Casa Verde", "Nordkorn", "Old Mill")
_TODAY = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of goods: what is in it in which colour, how it is packed, and how many days it keeps."""

    department: str
    draw: Callable[[Canvas, Style], None]
    goods: tuple[tuple[str, Colour], ...]
    days: int | None


_KINDS = (
    _Kind("Drinks", shapes.bottle, (("apple juice", (214, 170, 72)), ("grape juice", (98, 40, 88)),
                                    ("orange juice", (236, 146, 44))), 240),
    _Kind("Spreads", shapes.jar, (("strawberry jam", (184, 32, 48)), ("honey", (222, 160, 50)),
                                  ("pesto", (86, 124, 52))), 420),
    _Kind("Canned", shapes.can, (("tomatoes", (202, 62, 48)), ("chickpeas", (222, 190, 132)),
                                 ("peas", (96, 148, 74))), 900),
    _Kind("Breakfast", shapes.carton, (("muesli", (206, 150, 82)), ("oat milk", (222, 214, 196)),
                                       ("cornflakes", (232, 182, 66))), 180),
    _Kind("Snacks", shapes.pouch, (("almonds", (150, 96, 58)), ("crisps", (230, 188, 70)),
                                   ("coffee beans", (88, 58, 42))), 150),
    _Kind("Fruit", shapes.fruit, (("apples", (190, 46, 44)), ("oranges", (236, 140, 40)),
                                  ("plums", (92, 52, 96))), None),
)  # fmt: skip


def draw_groceries(
    folder: str | Path, products: int = 300, seed: int = 0, progress: Callable[[int, int], object] | None = None
) -> Path:
    """Draw groceries into `folder` as `groceries.jsonl` and `pictures/<code>.png`.

    Args:
        folder: created; products of an earlier run with the same ids are replaced.
        products: number of products; the kinds take turns.
        seed: of everything.
        progress: called with the number of products done and their total.

    Returns:
        `folder`.
    """
    folder = Path(folder)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    with (folder / "groceries.jsonl").open("w", encoding="utf-8") as file:
        for at in range(products):
            found = _product(folder, at, np.random.default_rng([seed, 2, at]))
            file.write(json.dumps(found, ensure_ascii=False) + "\n")
            if progress is not None:
                progress(at + 1, products)
    return folder


def _product(folder: Path, at: int, rng: np.random.Generator) -> dict[str, Any]:
    kind, code = _KINDS[at % len(_KINDS)], f"{4_000 + 7 * at:08d}"
    goods, colour = kind.goods[int(rng.integers(len(kind.goods)))]
    band = _BANDS[int(rng.integers(len(_BANDS)))]
    canvas = Canvas(rng)
    kind.draw(canvas, Style(shade(colour, rng), shade(band, rng), "plain"))
    picture = f"pictures/{code}.png"
    canvas.finish().save(folder / picture)
    labels = [label for label in _LABELS if rng.random() < 0.35]
    weight = int(rng.choice([200, 250, 330, 500, 750, 1000]))
    maker = str(rng.choice(_MAKERS))
    found: dict[str, Any] = {
        "code": code,
        "picture": picture,
        "name": f"{maker} {goods}, {weight} g",
        "maker": maker,
        "goods": goods,
        "department": kind.department,
        "labels": labels,
        "weight_g": weight,
        "price": round(float(rng.uniform(0.8, 9.5)), 2),
        "chilled": bool(rng.random() < 0.3),
        # Fruit has no date, and programs leave out what there is not.
        "best_before": kind.days and (_TODAY + timedelta(days=int(rng.integers(5, kind.days)))).isoformat(),
        "aisle": f"{2 * (at % len(_KINDS)) + int(rng.integers(1, 3)):02d}",
    }
    return {name: value for name, value in found.items() if value is not None}
