"""The public data's own further files: one JSON a product, and addresses of pictures.

"Fashion Product Images" (kaggle.com/datasets/paramaggarwal/fashion-product-images-dataset) has `styles/<id>.json`
with far more than `styles.csv`, and `images.csv` (`filename,link`) with the address of each picture.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import CatalogError
from .rows import Raw, Row, Table, kept
from .values import plain, text

STYLES = "styles"
MAX_FILE = 2**20
COLUMNS = [
    *("id", "gender", "masterCategory", "subCategory", "articleType", "baseColour", "season", "year", "usage"),
    *("productDisplayName", "price", "discountedPrice", "brandName", "ageGroup", "description", "image"),
]
_NAMED = ("masterCategory", "subCategory", "articleType")


def open_styles_json(folder: Path) -> Table:
    """The products of `styles/<id>.json`, in the order of their ids; `line` counts the files from 1.

    Raises:
        CatalogError: the folder has no such files.
    """
    files = folder / STYLES if (folder / STYLES).is_dir() else folder
    try:
        with os.scandir(files) as entries:
            names = sorted((entry.name for entry in entries if entry.name.endswith(".json")), key=_by_number)
    except OSError as error:
        raise CatalogError(f"{files} cannot be read: {error.strerror}.") from error
    if not names:
        raise CatalogError(f"{files} has no .json files; the public data has one a product, styles/<id>.json.")
    return Table(files, COLUMNS, "Fashion Product Images, styles/<id>.json", functools.partial(_rows, files, names))


def join_images(styles: Any, images: Any, column: str = "address") -> Table:  # noqa: ANN401 - any two tables
    """The styles with the address of each picture in one more column, by the stem of its file name.

    Addresses are held in memory, about 200 bytes each. Rows without one are as they were.

    Args:
        styles: a table with an `id`.
        images: a table with `filename` and `link`.
        column: what the new column is called.
    """

    def stream(keep: Collection[str] | None) -> Iterator[Row]:
        found: dict[str, str] = {}
        for row in images.rows({"filename", "link"}):
            link = text(row.fields.get("link"))
            # The public file says `undefined` where it has none.
            if not row.reason and link.startswith(("http://", "https://")):
                found.setdefault(PurePosixPath(text(row.fields.get("filename"))).stem, link)
        wanted = None if keep is None else {*keep, "id"}
        for row in styles.rows(wanted):
            link = found.get(text(row.fields.get("id")), "")
            fields = {**row.fields, column: link} if link and (keep is None or column in keep) else row.fields
            yield dataclasses.replace(row, fields=fields)

    return Table(styles.path, [*styles.columns, column], f"{styles.recognised} + {images.path.name}", stream)


def _by_number(name: str) -> tuple[int, str]:
    stem = name.removesuffix(".json")
    return (int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 20 else 0, name)


def _rows(folder: Path, names: list[str], keep: Collection[str] | None) -> Iterator[Row]:
    for line, name in enumerate(names, 1):
        style = {"id": name.removesuffix(".json")}
        try:
            with (folder / name).open("rb") as file:
                content = file.read(MAX_FILE + 1)
            if len(content) > MAX_FILE:
                yield Row(line, dict(style), "too-long", f"{name} has over {MAX_FILE:,} bytes")
                continue
            data = json.loads(content)["data"]
            yield Row(line, kept(_style(data) | ({} if data.get("id") else style), keep))
        except OSError as error:
            yield Row(line, dict(style), "unreadable", f"{name} cannot be read ({error.strerror})")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            yield Row(line, dict(style), "bad-json", f"{name} is not a style of the public data ({error!r:.200})")


def _style(data: dict[str, Any]) -> dict[str, Raw]:
    found: dict[str, Raw] = {column: data.get(column) for column in COLUMNS}
    found["id"] = text(data.get("id"))
    found |= {column: (data.get(column) or {}).get("typeName") for column in _NAMED}
    described = (data.get("productDescriptors") or {}).get("description") or {}
    found["description"] = plain(text(described.get("value")))
    default = (data.get("styleImages") or {}).get("default") or {}
    found["image"] = default.get("imageURL")
    return {column: value for column, value in found.items() if value not in (None, "")}
