"""Read and check a catalog: every row becomes a product or a reject, none is dropped in silence.

A catalog is a folder in the public layout (`styles.csv` beside `images/<id>.jpg`), or any `.csv` or
`.parquet` table with an id and an image column, whose paths are relative to the table. Of its columns the
columns in `likewise.ingest.catalog.schema.FASHION` are kept; others are ignored.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CatalogError
from ..images import Folder, Picture
from .product import Product, Reject
from .schema import FASHION, Schema
from .tables import TextRow, read_table

TABLE = "styles.csv"
IMAGES = "images"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".JPG", ".JPEG", ".PNG")
MAX_ID = 256


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How to read a catalog.

    Attributes:
        id_column: column of the ids; `id` unless told.
        image_column: column of the image paths; without one, images are `images/<id>.jpg` (or .png, …).
        only: `(column, value)` pairs; values of the same column are alternatives, columns must all agree.
    """

    id_column: str | None = None
    image_column: str | None = None
    only: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog that was read.

    Attributes:
        root: folder that the image names are relative to.
        table: the table's file.
        schema: the columns that are kept.
        products: rows whose image is a regular file inside the catalog (not yet decoded).
        rejects: rows that cannot be indexed.
        rows: products and rejects together; rows that `only` excludes do not count.
        excluded: rows that `only` excluded.
    """

    root: Path
    table: Path
    schema: Schema
    products: list[Product]
    rejects: list[Reject]
    rows: int
    excluded: int

    def only(self, ids: Collection[str]) -> Catalog:
        """The catalog as if it had the rows with these ids alone."""
        products = [product for product in self.products if product.id in ids]
        rejects = [reject for reject in self.rejects if reject.id in ids]
        rows = len(products) + len(rejects)
        return dataclasses.replace(self, products=products, rejects=rejects, rows=rows)


def read_catalog(path: Path, options: ReadingOptions | None = None) -> Catalog:
    """Read a catalog from a folder or a table.

    Raises:
        CatalogError: no table, an unknown column, or `only` matches nothing.
    """
    options = options or ReadingOptions()
    table = path / TABLE if path.is_dir() else path
    id_column = options.id_column or "id"
    wanted = [id_column, *([options.image_column] if options.image_column else []), *(key for key, _ in options.only)]
    opened = read_table(table, {*wanted, *FASHION.names})
    for column in wanted:
        if column not in opened.columns:
            raise CatalogError(
                f"{table} has no column {column!r}; it has {', '.join(opened.columns)}. "
                "Name the right ones with --id-column and --image-column."
            )
    reader = _Reader(table, id_column, options.image_column, options.only)
    for row in opened.rows:
        reader.take(row)
    if options.only and not reader.products and not reader.rejects:
        raise CatalogError(reader.nothing_left())
    rows = len(reader.products) + len(reader.rejects)
    return Catalog(reader.root, table, FASHION, reader.products, reader.rejects, rows, reader.excluded)


class _Reader:
    """Turns rows into products and rejects, remembering which ids were seen."""

    def __init__(self, table: Path, id_column: str, image_column: str | None, only: Sequence[tuple[str, str]]) -> None:
        self.root = table.parent
        self.products: list[Product] = []
        self.rejects: list[Reject] = []
        self.excluded = 0
        self._table = table
        self._pictures = Folder(self.root)
        self._real_root = os.path.realpath(self.root)
        self._id_column = id_column
        self._image_column = image_column
        self._only: dict[str, set[str]] = {}
        for column, value in only:
            self._only.setdefault(column, set()).add(value)
        self._values: dict[str, Counter[str]] = {column: Counter() for column in self._only}
        self._first_line: dict[str, int] = {}

    def take(self, row: TextRow) -> None:
        """Sort one row into products, rejects or the excluded."""
        for column in self._only:
            self._values[column][row.fields.get(column, "")] += 1
        # A row too broken to have its columns is kept as a reject: nobody can say that it was to be excluded.
        if any(row.fields.get(column, next(iter(values))) not in values for column, values in self._only.items()):
            self.excluded += 1
            return
        product_id = row.fields.get(self._id_column, "")
        found = self._checked_image(row, product_id)
        if isinstance(found, tuple):
            reason, detail = found
            self.rejects.append(Reject(product_id[:MAX_ID], reason, detail, self._table.name, row.line))
            return
        self._first_line[product_id] = row.line
        values = {name: row.fields[name] for name in FASHION.names if row.fields.get(name)}
        self.products.append(Product(product_id, (Picture(found, self._pictures),), values, row.line))

    def nothing_left(self) -> str:
        """Why `only` left no product, naming the values that exist."""
        column, values = next(iter(self._only.items()))
        common = ", ".join(repr(value) for value, _ in self._values[column].most_common(10))
        return f"No row of {self._table} has {column} = {' or '.join(sorted(values))}; it has {common or 'no rows'}."

    def _checked_image(self, row: TextRow, product_id: str) -> str | tuple[str, str]:
        """The row's image name, or the reason and detail of its rejection."""
        if row.reason:
            return row.reason, row.detail
        problem = _id_problem(product_id)
        if problem:
            return problem
        if product_id in self._first_line:
            return "duplicate-id", f"id {product_id!r} stands in row {self._first_line[product_id]}"
        return self._image(product_id, row.fields)

    def _image(self, product_id: str, fields: Mapping[str, str]) -> str | tuple[str, str]:
        """The image's name relative to the root, or the reason and detail of its rejection."""
        if self._image_column:
            name = fields[self._image_column]
            if not name:
                return "missing-image", f"the column {self._image_column!r} is empty"
            return self._check_image(name)
        if "/" in product_id or product_id in (".", ".."):
            return "outside-catalog", f"the id {product_id!r} cannot name an image file"
        for suffix in SUFFIXES:
            name = f"{IMAGES}/{product_id}{suffix}"
            # Asking first whether there is such a name costs a tenth of the whole check.
            if os.path.lexists(os.path.join(self._real_root, name)):  # noqa: PTH118
                found = self._check_image(name)
                if isinstance(found, str) or found[0] != "missing-image":
                    return found
        return self._check_image(f"{IMAGES}/{product_id}{SUFFIXES[0]}")

    def _check_image(self, name: str) -> str | tuple[str, str]:
        try:
            real = os.path.realpath(os.path.join(self._real_root, name))  # noqa: PTH118 - half the time of Path
            if os.path.isabs(name) or not real.startswith(self._real_root + os.sep):  # noqa: PTH117
                return "outside-catalog", f"the image {name[:200]!r} lies outside of the catalog"
            mode = os.stat(real).st_mode  # noqa: PTH116
        except FileNotFoundError:
            return "missing-image", f"there is no image {name[:200]!r}"
        except (OSError, ValueError) as error:
            return "unreadable", f"the image {name[:200]!r} cannot be read ({error})"
        if not stat.S_ISREG(mode):
            return "not-a-file", f"the image {name!r} is not a regular file"
        return name


def _id_problem(product_id: str) -> tuple[str, str] | None:
    if not product_id:
        return "empty-id", "the row has no id"
    if len(product_id) > MAX_ID:
        return "too-long", f"the id has {len(product_id):,} characters, at most {MAX_ID} are allowed"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in product_id):
        return "bad-id", f"the id {product_id!r} contains a control character"
    return None
