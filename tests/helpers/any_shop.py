"""A shop's own table of ten columns of all types, with pictures."""

import csv
import json
from datetime import date, timedelta

import numpy as np
from PIL import Image

from likewise.ingest import ReadingOptions, Recipe

BRANDS, COLOURS, CATEGORIES = ("Nike", "Puma", "Ørsted"), ("red", "blue", "green", "black"), ("shoe", "shirt")
START = date(2026, 1, 1)
READING = ReadingOptions(id_column="sku", image_columns=("photo",))
RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4}, reading=READING)


def row(number):
    """One product; every eleventh has no price, every seventh no sizes."""
    return {
        "sku": f"A-{number:03d}",
        "photo": f"photos/{number}.png",
        "brand": BRANDS[number % 3],
        "price": "" if number % 11 == 0 else f"{5 + number % 40}.{number % 10}0",
        "stock": str(number % 50),
        "in_stock": "yes" if number % 3 else "no",
        "added": (START + timedelta(days=number % 90)).isoformat(),
        "sizes": "" if number % 7 == 0 else json.dumps(["S", "M", "L", "XL"][number % 3 : 4]),
        "colour": COLOURS[number % 4],
        "category": CATEGORIES[number % 2],
        "title": f"{BRANDS[number % 3]} {CATEGORIES[number % 2]} no. {number}, {COLOURS[number % 4]}",
        "code": f"{number:05d}",
    }


def write(folder, rows):
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for each in rows:
        number = int(each["sku"][2:])
        path = folder / each["photo"]
        if not path.exists():
            shade = np.array([[190, 30, 40], [30, 60, 180], [20, 130, 60], [40, 40, 40]])[number % 4]
            pixels = np.full((12, 12, 3), 255) - (number % 2) * 40
            pixels[2:10, 2:10] = shade + rng.integers(-20, 20, 3)
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    with (folder / "shop.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "shop.csv"
