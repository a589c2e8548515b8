"""A folder of Parquet files, the parts of one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import CatalogError
from .parquet import KINDS, column_types, rows_of_file
from .parquet_types import kind
from .rows import Row, Table, TableOptions


def open_parquet_parts(path: Path, options: TableOptions) -> Table:  # noqa: ARG001 - Parquet has no options
    """Open the `.parquet` files of a folder, in the order of their names; rows are counted through.

    Raises:
        CatalogError: there is none, one cannot be read, or a column has another type than in the parts before.
    """
    try:
        # What begins with a dot or an underscore was put there by programs for themselves.
        files = [each for each in path.iterdir() if each.suffix.lower() == ".parquet" and each.name[0] not in "._"]
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
    if not files:
        raise CatalogError(f"The folder {path} has no .parquet files in it, so it is no table.")
    parts = {part: column_types(part) for part in sorted(files, key=lambda each: each.name)}
    kinds: dict[str, str] = {}
    stated_by: dict[str, Path] = {}
    for part, types in parts.items():
        for name, arrow in types.items():
            found = kind(arrow)
            # A part in which a column is empty may not know its type.
            if kinds.get(name, "null") == "null":
                kinds[name], stated_by[name] = found, part
            elif found not in ("null", kinds[name]):
                raise CatalogError(
                    f"{part} has the column {name!r} as {found}, and {stated_by[name].name} as {kinds[name]}. "
                    "Write all parts with the same types."
                )

    def reading(keep: Sequence[str]) -> Iterator[Row]:
        number = 1
        for part, types in parts.items():
            absent = dict.fromkeys(name for name in keep if name not in types)
            for row in rows_of_file(part, [name for name in keep if name in types], number):
                number = row.line
                yield Row(number, {**row.fields, **absent}, row.reason, row.detail)

    stated = {name: found for name, found in kinds.items() if found in KINDS}
    return Table(path, list(kinds), f"Parquet, {len(parts)} parts, {len(kinds)} columns", reading, stated)
