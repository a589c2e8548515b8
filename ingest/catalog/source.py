"""What a path is: a table of any format, a maker's feed, the public layout, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CatalogError
from ..images import Pictures
from .feeds import join_images, open_styles_json, open_xml_feed, products, recognise
from .options import ReadingOptions
from .tables import Row, Table, TableOptions, open_table

PUBLIC_TABLE, PUBLIC_STYLES, PUBLIC_IMAGES = "styles.csv", "styles", "images.csv"
"""Files of the public layout."""

TABLES = (
    *(".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".xlsx", ".parquet", ".xml"),
    *(".csv.gz", ".tsv.gz", ".jsonl.gz", ".json.gz", ".xml.gz"),
)
"""Endings of the files that are taken for the table of a folder."""

WALKED = ("id", "category", "image")
"""Columns of a folder of pictures without a table."""


@dataclass(frozen=True, slots=True)
class Source:
    """A catalog that was opened and not yet read.

    Attributes:
        table: its rows.
        recognised: what it was taken for, in words.
        pictures: finds and reads its pictures.
        id_column: where the ids are.
        image_columns: where the pictures are, the main one first; empty where they lie under the ids.
        group: the column of what variants of one product share.
        hidden: columns that only say where pictures are.
    """

    table: Table
    recognised: str
    pictures: Pictures
    id_column: str
    image_columns: tuple[str, ...]
    group: str | None = None
    hidden: tuple[str, ...] = ()


def open_source(path: Path, options: ReadingOptions, kept: ReadingOptions | None = None) -> Source:
    """Open a catalog; a column to which an option that is kept with its index gives another name may have left.

    Raises:
        CatalogError: there is none, or one that cannot be read.
        ParameterError: an option names a column of a feed that it does not have.
    """
    table, root = _table(path, options), path if path.is_dir() else path.parent
    pictures = Pictures(root, options.sources)
    id_column, images = options.id_column or "id", options.image_columns
    if isinstance(table, _Walked):
        return Source(table.rows_of(pictures), "a folder of pictures", pictures, "id", ("image",))
    maps = {
        ours: theirs
        for ours, theirs in options.maps
        if theirs in table.columns or kept is None or (ours, theirs) not in kept.maps
    }
    # Whoever names the columns knows better.
    feed = None if options.id_column or images else recognise(table.columns, maps)
    if feed is not None:
        made = products(feed, table)
        group = "group" if "group" in made.columns else None
        return Source(made, f"{table.recognised}; {made.recognised}", pictures, "id", ("images",), group)
    if maps:
        table = _renamed(table, maps)
    address = _address(table, path)
    if address and not images and not (path / "images").is_dir():
        images = (address,)
    return Source(table, table.recognised, pictures, id_column, images, hidden=(address,) if address else ())


def _address(table: Table, path: Path) -> str | None:
    """The column in which the public data says where its pictures are on the web."""
    if table.path == path / PUBLIC_STYLES:
        return "image"
    return "address" if path.is_dir() and table.columns[-1:] == ["address"] else None


@dataclass(frozen=True, slots=True)
class _Walked:
    """A folder of pictures without a table."""

    path: Path

    def rows_of(self, pictures: Pictures) -> Table:
        def rows(_: Sequence[str]) -> Iterator[Row]:
            for number, found in enumerate(pictures.walk(), 1):
                # A picture that was found, or why it cannot be had, in the place of its name.
                yield Row(number, {"id": found.id, "category": found.category, "image": found.picture})  # type: ignore[dict-item]

        return Table(self.path, list(WALKED), "a folder of pictures", rows)


def _table(path: Path, options: ReadingOptions) -> Table | _Walked:
    wanted = TableOptions(options.delimiter, options.encoding, options.sheet)
    if not path.is_dir():
        return _opened(path, wanted)
    if (path / PUBLIC_TABLE).is_file():
        table = open_table(path / PUBLIC_TABLE, wanted)
        images = path / PUBLIC_IMAGES
        # The addresses are where the pictures came from; those that are here are read from here.
        addresses = images.is_file() and not (path / "images").is_dir()
        return join_images(table, open_table(images, wanted)) if addresses else table
    if (path / PUBLIC_STYLES).is_dir() and any((path / PUBLIC_STYLES).glob("*.json")):
        return open_styles_json(path / PUBLIC_STYLES)
    tables = sorted(each for each in path.iterdir() if each.is_file() and each.name.lower().endswith(TABLES))
    if len(tables) == 1:
        return _opened(tables[0], wanted)
    if tables and all(each.suffix.lower() == ".parquet" for each in tables):
        return open_table(path, wanted)
    if tables:
        names = ", ".join(each.name for each in tables[:5])
        raise CatalogError(f"{path} holds several tables ({names}); name the one that is the catalog.")
    return _Walked(path)


def _opened(path: Path, wanted: TableOptions) -> Table:
    if path.name.lower().endswith((".xml", ".xml.gz")):
        return open_xml_feed(path)
    return open_table(path, wanted)


def _renamed(table: Table, maps: dict[str, str]) -> Table:
    """A table with some columns under other names, ours to the table's.

    Raises:
        CatalogError: the table has no such column.
    """
    for theirs in maps.values():
        if theirs not in table.columns:
            raise CatalogError(
                f"{table.path} has no column {theirs!r}, which --map names; it has {', '.join(table.columns)}."
            )
    names = {theirs: ours for ours, theirs in maps.items()}

    def rows(keep: Sequence[str]) -> Iterator[Row]:
        for row in table.rows([maps.get(name, name) for name in keep]):
            fields = {names.get(name, name): value for name, value in row.fields.items()}
            yield Row(row.line, fields, row.reason, row.detail)

    columns = [names.get(name, name) for name in table.columns]
    types = {names.get(name, name): kind for name, kind in table.types.items()}
    return Table(table.path, columns, table.recognised, rows, types)
