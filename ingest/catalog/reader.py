"""Read and check a catalog: every row becomes a product or a reject, none is dropped in silence.

A catalog is a folder in the public layout (`styles.csv` beside `images/<id>.jpg`), a table of any format with an id and
an image column, a maker's feed, or a folder of pictures; see `source.py`. All columns but these are kept with their own
types, see `inference.py`. The table is read twice: its schema is what all of its rows have in common.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CatalogError
from ..images import Pictures, only_own
from .admission import Admitted, understand_source
from .hints import options_for
from .inference import Understanding
from .options import ReadingOptions
from .packing import spool_products, spool_rejects
from .product import LEFT_EMPTY, Product, Reject
from .row_pictures import pictures_of
from .schema import Schema
from .source import PUBLIC_TABLE, TABLES, WALKED, Source, open_source
from .tables import MAX_FIELD, Row
from .values import BadValueError, Value

MAX_ID = 256


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog that was read.

    Attributes:
        root: folder that the image names are relative to.
        table: the table's file.
        schema: the columns that are kept.
        products: rows that name a picture (not yet decoded).
        rejects: rows that cannot be indexed.
        rows: products and rejects together; rows that `only` excludes do not count.
        excluded: rows that `only` excluded.
        pictures: reads the pictures.
        recognised: what the catalog was taken for, in words.
        warnings: what of a product was left out, and why.
    """

    root: Path
    table: Path
    schema: Schema
    products: Sequence[Product]
    rejects: Sequence[Reject]
    rows: int
    excluded: int
    pictures: Pictures
    recognised: str = ""
    warnings: Sequence[Reject] = ()

    def at_hand(self) -> Iterator[Product]:
        """The products in their order, each when its pictures are on this machine, or are known not to be had."""
        return self.pictures.ahead(self.products, lambda product: product.pictures)

    def only(self, ids: Collection[str]) -> Catalog:
        """The catalog as if it had the rows with these ids alone."""
        products = [product for product in self.products if product.id in ids]
        rejects = [reject for reject in self.rejects if reject.id in ids]
        warnings = [warning for warning in self.warnings if warning.id in ids]
        rows = len(products) + len(rejects)
        return dataclasses.replace(self, products=products, rejects=rejects, warnings=warnings, rows=rows)


def read_catalog(
    path: Path,
    options: ReadingOptions | None = None,
    indexed: Schema | None = None,
    kept: ReadingOptions | None = None,
) -> Catalog:
    """Read a catalog from a folder or a table.

    Args:
        path: of it.
        options: how to read it.
        indexed: schema of the index that it is for, whose types and roles stay where today's values allow it.
        kept: options that are kept with that index; a column that they name may have left the table.

    Raises:
        CatalogError: no table, an unknown column, or `only` matches nothing.
    """
    options = options or ReadingOptions()
    source = open_source(path, options, kept)
    understanding = understand_source(source, options, indexed, kept)
    reader = _Reader(source, understanding, options)
    for row in source.table.rows():
        reader.take(row)
    reader.finish()
    if not reader.products and not reader.rejects and source.table.columns == list(WALKED) and path.is_dir():
        raise CatalogError(
            f"There is no catalog in {path}: neither a table ({PUBLIC_TABLE}, or one of {', '.join(TABLES[:8])}) "
            "nor pictures."
        )
    if options.only and not reader.products and not reader.rejects:
        raise CatalogError(reader.nothing_left())
    rows = len(reader.products) + len(reader.rejects)
    if rows and not reader.products and not source.image_columns:
        hint = options_for(source.table, ids=False, images=True)
        if hint:
            detail = reader.rejects[0].detail
            raise CatalogError(f"{source.table.path} leads to no picture: {detail}.{hint}")
    return Catalog(
        source.pictures.root,
        source.table.path,
        understanding.schema,
        reader.products,
        reader.rejects,
        rows,
        reader.excluded,
        source.pictures,
        source.recognised,
        reader.warnings,
    )


class _Reader:
    """Turns rows into products and rejects, remembering which ids were seen."""

    def __init__(self, source: Source, understanding: Understanding, options: ReadingOptions) -> None:
        self.products = spool_products()
        self.rejects = spool_rejects()
        self.warnings = spool_rejects()
        self.excluded = 0
        self._source = source
        self._understanding = understanding
        self._admitted = Admitted(options.only)
        self._first_line: dict[str, int] = {}
        self._numbered = False
        self._others: set[str] = set()

    def take(self, row: Row) -> None:
        """Sort one row into products, rejects or the excluded."""
        try:
            product_id = self._understanding.id_of(row.fields.get(self._source.id_column))
        except BadValueError as error:
            self.rejects.append(self._note("", "bad-encoding", f"the id {error}", row.line))
            return
        too_long, row = row, self._without_long_cells(row)
        if not self._admitted(row):
            self.excluded += 1
            self._others.add(product_id)
            return
        problem = self._problem(row, product_id)
        pictures, refused = ([], []) if problem else pictures_of(self._source, product_id, row.fields, row.line)
        if problem or not pictures:
            reason, detail = problem or (too_long.reason, too_long.detail)
            if not reason:
                reason, detail = refused[0].reason, refused[0].detail
            self.rejects.append(self._note(product_id, reason, detail, row.line))
            self._others.add(product_id)
            return
        self._first_line[product_id] = row.line
        if row is not too_long:
            self.warnings.append(
                self._note(product_id, too_long.reason, f"{too_long.detail}; it is left empty", row.line)
            )
        self.warnings.extend(self._note(product_id, each.reason, each.detail, row.line) for each in refused)
        if len(pictures) > 1 and not self._source.image_columns:
            self._numbered = True
        self.products.append(Product(product_id, tuple(pictures), self._values(row, product_id), row.line))

    def _without_long_cells(self, row: Row) -> Row:
        """A row of which a description alone is too long goes on without it."""
        telling = (self._source.id_column, *self._source.image_columns)
        if row.reason != "too-long" or not all(0 < len(str(row.fields.get(name, ""))) <= MAX_FIELD for name in telling):
            return row
        fields = {name: raw for name, raw in row.fields.items() if not isinstance(raw, str) or len(raw) <= MAX_FIELD}
        return Row(row.line, fields)

    def finish(self) -> None:
        """Settle what only the whole table tells: whether `15_1.jpg` is a picture of 15, or of a product 15_1."""
        if not self._numbered:
            return
        ids = {*self._first_line, *self._others}
        found, self.products = self.products, spool_products()
        for product in found:
            pictures = product.pictures
            if len(pictures) > 1:
                pictures = only_own(product.id, pictures, ids)
            if pictures:
                self.products.append(dataclasses.replace(product, pictures=pictures))
            else:
                detail = f"the only images that begin with {product.id!r} are those of other products"
                self.rejects.append(self._note(product.id, "missing-image", detail, product.row))

    def nothing_left(self) -> str:
        """Why `only` left no product, naming the values that exist."""
        column, values = next(iter(self._admitted.wanted.items()))
        common = ", ".join(repr(value) for value, _ in self._admitted.met[column].most_common(10))
        wanted = " or ".join(sorted(values))
        return f"No row of {self._source.table.path} has {column} = {wanted}; it has {common or 'no rows'}."

    def _values(self, row: Row, product_id: str) -> dict[str, Value]:
        """The row's values in the types of their columns; what a type cannot hold is left out, with a warning."""
        values: dict[str, Value] = {}
        for column in self._understanding.schema.columns:
            try:
                value = self._understanding.value(column, row.fields)
            except BadValueError as error:
                detail = f"{column.name}{LEFT_EMPTY}{error}"
                self.warnings.append(self._note(product_id, "bad-value", detail, row.line))
                continue
            if value is not None:
                values[column.name] = value
        return values

    def _problem(self, row: Row, product_id: str) -> tuple[str, str] | None:
        """Why a row is rejected whatever its pictures are."""
        if row.reason:
            return row.reason, row.detail
        if product_id in self._first_line:
            return "duplicate-id", f"id {product_id!r} stands in row {self._first_line[product_id]}"
        return _id_problem(product_id)

    def _note(self, product_id: str, reason: str, detail: str, line: int) -> Reject:
        return Reject(product_id[:MAX_ID], reason, detail, self._source.table.path.name, line)


def _id_problem(product_id: str) -> tuple[str, str] | None:
    if not product_id:
        return "empty-id", "the row has no id"
    if len(product_id) > MAX_ID:
        return "too-long", f"the id has {len(product_id):,} characters, at most {MAX_ID} are allowed"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in product_id):
        return "bad-id", f"the id {product_id!r} contains a control character"
    return None
