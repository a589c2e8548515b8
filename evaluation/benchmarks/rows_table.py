"""A made table of any length, and a reader of an index of its rows, for `rows.py`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from likewise.ingest.catalog import Schema
from likewise.ingest.images import content_hash
from likewise.ingest.index import Record

PICTURES = 100
"""Different pictures."""

_BLOCK = 10_000


def row(at: int) -> dict[str, Any]:
    """A product's line: two columns that say which it is, and ten of all types."""
    return {
        "sku": f"A{at:09d}",
        "photo": f"images/{at % PICTURES}.png",
        "title": f"Article {at} of a shop that has many, in size {at % 17}",
        "brand": f"Brand {at * 7 % 211}",
        "category": ("Chairs", "Tables", "Lamps", "Beds", "Shelves")[at % 5],
        "ean": f"0{at * 7919 % 10**12:012d}",
        "price": (at * 31 % 90_000) / 100 + 0.05,
        "stock": at * 13 % 500,
        "available": at % 3 > 0,
        "added": f"20{at % 20 + 5:02d}-{at % 12 + 1:02d}-{at % 28 + 1:02d}",
        "updated": f"2026-{at % 12 + 1:02d}-{at % 28 + 1:02d}T{at % 24:02d}:{at % 60:02d}:00",
        "materials": ["wood", f"finish {at % 9}", f"lot {at % 31}"],
    }


def write_table(path: Path, rows: int) -> None:
    """A CSV or Parquet table of that many rows, and its pictures beside it."""
    images = path.parent / "images"
    images.mkdir(exist_ok=True)
    for at in range(PICTURES):
        Image.new("RGB", (24, 24), (at * 2, 255 - at, at % 7 * 30)).save(images / f"{at}.png")
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(row(0))
            writer.writerows([_cell(value) for value in row(at).values()] for at in range(rows))
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([row(0)])
    with pq.ParquetWriter(path, table.schema) as parquet:
        for start in range(0, rows, _BLOCK):
            made = [row(at) for at in range(start, min(start + _BLOCK, rows))]
            parquet.write_table(pa.Table.from_pylist(made, table.schema))


def contents_of(folder: Path) -> list[str]:
    """Hashes of the pictures in a table's folder."""
    return [content_hash((folder / "images" / f"{at}.png").read_bytes()) for at in range(PICTURES)]


@dataclass(frozen=True, slots=True)
class _Capabilities:
    predicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Manifest:
    schema: Schema
    capabilities: _Capabilities


class Scrolled:
    """As much of a reader as a comparison needs: payloads from a file.

    Args:
        path: of the payloads, one a line.
        schema: of the index.
        changed: what every payload has otherwise.
    """

    def __init__(self, path: Path, schema: Schema, changed: Mapping[str, Any]) -> None:
        self.manifest = _Manifest(schema, _Capabilities())
        self._path = path
        self._changed = changed

    def scroll(self) -> Iterator[Record]:
        """All records, in an order that is not the catalog's."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                payload = json.loads(line) | self._changed
                yield Record(payload["id"], payload)


def write_payloads(path: Path, folder: Path, rows: int) -> None:
    """What an index of the table holds."""
    contents = contents_of(folder)
    # Neighbours of the table are far from each other in a store whose order is that of hashed ids.
    stride = next(each for each in (7919, 7907, 7901) if rows % each)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            at = number * stride % rows
            fields = row(at)
            sku, photo = fields.pop("sku"), fields.pop("photo")
            payload = {"id": sku, **fields, "image": photo, "cluster": f"{at % 60}", "content": contents[at % PICTURES]}
            file.write(json.dumps(payload) + "\n")


def _cell(value: Any) -> str:  # noqa: ANN401 - a value of any type
    return json.dumps(value) if isinstance(value, list | bool) else str(value)
