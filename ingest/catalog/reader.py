"""Read and check a catalog: every row becomes a product or a reject, none is dropped in silence.

A catalog is a folder in the public layout (`styles.csv` beside `images/<id>.jpg`), or any table with an id and an image
column, whose paths are relative to the table. All other columns are kept with their own types, see `inference.py`.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CatalogError
from ..images import Folder, Picture
from .inference import new_facts, schema_of
from .options import ReadingOptions
from .product import Product, Reject
from .schema import RESERVED, Schema
from .tables import Row, Table, open_table
from .values import BadValueError, Value, as_text, is_missing, parse

TABLE = "styles.csv"
IMAGES = "images"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".JPG", ".JPEG", ".PNG")
MAX_ID = 256


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
        warnings: what of a product was left out, and why.
    """

    root: Path
    table: Path
    schema: Schema
    products: list[Product]
    rejects: list[Reject]
    rows: int
    excluded: int
    warnings: list[Reject] = field(default_factory=list)

    def only(self, ids: Collection[str]) -> Catalog:
        """The catalog as if it had the rows with these ids alone."""
        products = [product for product in self.products if product.id in ids]
        rejects = [reject for reject in self.rejects if reject.id in ids]
        rows = len(products) + len(rejects)
        return dataclasses.replace(self, products=products, rejects=rejects, rows=rows)


def read_catalog(path: Path, options: ReadingOptions | None = None, indexed: Schema | None = None) -> Catalog:
    """Read a catalog from a folder or a table.

    Args:
        path: of it.
        options: how to read it.
        indexed: schema of the index that it is for, whose types and roles stay where today's values allow it.

    Raises:
        CatalogError: no table, an unknown column, or `only` matches nothing.
    """
    options = options or ReadingOptions()
    table = open_table(path / TABLE if path.is_dir() else path)
    schema = _schema(table, options, indexed)
    reader = _Reader(table.path, schema, options)
    for row in table.rows():
        reader.take(row)
    if options.only and not reader.products and not reader.rejects:
        raise CatalogError(reader.nothing_left())
    rows = len(reader.products) + len(reader.rejects)
    return Catalog(
        reader.root, table.path, schema, reader.products, reader.rejects, rows, reader.excluded, reader.warnings
    )


def _schema(table: Table, options: ReadingOptions, indexed: Schema | None) -> Schema:
    """The schema of the rows that are let in.

    Raises:
        CatalogError: an option names a column that the table does not have.
    """
    wishes = options.wishes
    named = [
        *(options.id_column or "id", *options.image_columns, *(key for key, _ in options.only), *wishes.types),
        *(*options.drop, *options.keep, *wishes.filtered, *wishes.attributes),
        *([wishes.category] if wishes.category else []),
    ]
    for column in named:
        if column not in table.columns:
            raise CatalogError(
                f"{table.path} has no column {column!r}; it has {', '.join(table.columns)}. "
                "Name the right ones with --id-column, --image-column and the like."
            )
    ours = {options.id_column or "id", *options.image_columns, *options.drop}
    kept = [name for name in table.columns if name not in ours and (not options.keep or name in options.keep)]
    reserved = [name for name in kept if name in RESERVED]
    if reserved:
        raise CatalogError(f"{table.path} has a column {reserved[0]!r}, a name of ours: rename it, or --drop it.")
    facts = new_facts(kept, table.types, wishes, indexed)
    admitted = Admitted(options.only)
    for row in table.rows():
        if not row.reason and admitted(row):
            for name, found in facts.items():
                found.see(row.fields.get(name), row.line)
    return schema_of(facts, wishes, indexed)


class Admitted:
    """Whether `only` lets a row in; remembers the values that it met."""

    def __init__(self, only: Sequence[tuple[str, str]]) -> None:
        self.wanted: dict[str, set[str]] = {}
        for column, value in only:
            self.wanted.setdefault(column, set()).add(value)
        self.met: dict[str, Counter[str]] = {column: Counter() for column in self.wanted}

    def __call__(self, row: Row) -> bool:
        """Whether this row is let in."""
        for column in self.wanted:
            self.met[column][_only_text(row.fields.get(column, ""))] += 1
        # A row too broken to have its columns is kept as a reject: nobody can say that it was to be excluded.
        return all(
            column not in row.fields or _only_text(row.fields[column]) in values
            for column, values in self.wanted.items()
        )


def _only_text(raw: Any) -> str:  # noqa: ANN401 - whatever a reader of tables gives
    return "" if is_missing(raw) else as_text(raw)


class _Reader:
    """Turns rows into products and rejects, remembering which ids were seen."""

    def __init__(self, table: Path, schema: Schema, options: ReadingOptions) -> None:
        self.root = table.parent
        self.products: list[Product] = []
        self.rejects: list[Reject] = []
        self.warnings: list[Reject] = []
        self.excluded = 0
        self._table = table
        self._columns = schema.columns
        self._pictures = Folder(self.root)
        self._real_root = os.path.realpath(self.root)
        self._id_column = options.id_column or "id"
        self._image_columns = options.image_columns
        self._admitted = Admitted(options.only)
        self._first_line: dict[str, int] = {}

    def take(self, row: Row) -> None:
        """Sort one row into products, rejects or the excluded."""
        if not self._admitted(row):
            self.excluded += 1
            return
        raw_id = row.fields.get(self._id_column)
        product_id = "" if is_missing(raw_id) else as_text(raw_id)
        found = self._checked_image(row, product_id)
        if isinstance(found, tuple):
            self.rejects.append(self._reject(product_id, *found, row.line))
            return
        self._first_line[product_id] = row.line
        values = self._values(row, product_id)
        self.products.append(Product(product_id, (Picture(found, self._pictures),), values, row.line))

    def _values(self, row: Row, product_id: str) -> dict[str, Value]:
        """The row's values in the types of their columns; what a type cannot hold is left out, with a warning."""
        values: dict[str, Value] = {}
        for column in self._columns:
            try:
                value = parse(row.fields.get(column.name), column.type)
            except BadValueError as error:
                detail = f"{column.name} is left empty: {error}"
                self.warnings.append(self._reject(product_id, "bad-value", detail, row.line))
                continue
            if value is not None:
                values[column.name] = value
        return values

    def _reject(self, product_id: str, reason: str, detail: str, line: int) -> Reject:
        return Reject(product_id[:MAX_ID], reason, detail, self._table.name, line)

    def nothing_left(self) -> str:
        """Why `only` left no product, naming the values that exist."""
        column, values = next(iter(self._admitted.wanted.items()))
        common = ", ".join(repr(value) for value, _ in self._admitted.met[column].most_common(10))
        return f"No row of {self._table} has {column} = {' or '.join(sorted(values))}; it has {common or 'no rows'}."

    def _checked_image(self, row: Row, product_id: str) -> str | tuple[str, str]:
        """The row's image name, or the reason and detail of its rejection."""
        if row.reason:
            return row.reason, row.detail
        problem = _id_problem(product_id)
        if problem:
            return problem
        if product_id in self._first_line:
            return "duplicate-id", f"id {product_id!r} stands in row {self._first_line[product_id]}"
        return self._image(product_id, row.fields)

    def _image(self, product_id: str, fields: Mapping[str, Any]) -> str | tuple[str, str]:
        """The image's name relative to the root, or the reason and detail of its rejection."""
        if self._image_columns:
            name = fields.get(self._image_columns[0])
            if is_missing(name):
                return "missing-image", f"the column {self._image_columns[0]!r} is empty"
            return self._check_image(as_text(name))
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
