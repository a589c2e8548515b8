"""What every format gives: a table's columns, and its rows one at a time."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ...errors import CatalogError

Raw: TypeAlias = (
    str | int | float | bool | datetime.datetime | datetime.date | bytes | list["Raw"] | dict[str, "Raw"] | None
)
"""A cell as its format has it."""

MAX_FIELD = 32_768
"""Characters of a text; what a spreadsheet's cell can hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `fields` by column, as far as they can be read, and what is wrong (`reason` and `detail`).

    `line` is the line in an editor, or the row in a spreadsheet; the header is 1.
    """

    line: int
    fields: dict[str, Raw]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What the user knows of a table; None is recognised.

    Attributes:
        delimiter: the character between columns of a text file; `tab` is understood.
        encoding: a text file's encoding by its Python name, such as `cp1252`.
        sheet: the name of an Excel file's sheet; else it is the first.
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


Reading: TypeAlias = Callable[[Sequence[str]], Iterator[Row]]
"""A pass over all rows, with the columns that are wanted."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was opened and recognised.

    Attributes:
        path: its file or folder.
        columns: all of them, in the table's order.
        types: `text`, `integer`, `float`, `bool`, `datetime` or `list` of the columns whose type the format states.
        recognised: what it was taken for, as a sentence without a full stop.
        reading: how its rows are read.
    """

    path: Path
    columns: list[str]
    recognised: str
    reading: Reading = field(repr=False, compare=False)
    types: Mapping[str, str] = field(default_factory=dict)

    def rows(self, keep: Collection[str] | None = None) -> Iterator[Row]:
        """One pass over the rows, with only those fields that are to `keep`; each call begins anew.

        Raises:
            CatalogError: the file is damaged, or no longer there.
        """
        return self.reading([column for column in self.columns if keep is None or column in keep])


def check_columns(path: Path, columns: Sequence[str]) -> None:
    """Do nothing if every name stands once.

    Raises:
        CatalogError: a doubled name, or none at all.
    """
    if not columns:
        raise CatalogError(f"{path} has no columns; the first line must name them.")
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise CatalogError(f"{path} has the column {doubled[0]!r} twice; rename one.")


def name_columns(path: Path, cells: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """The columns that a header names, by their places; and among them those names that it leaves out.

    Raises:
        CatalogError: a doubled name, or none at all.
    """
    # A cell of a spreadsheet's header may be broken into lines.
    given = {at: " ".join(cell.split("\n")).strip() for at, cell in enumerate(cells) if cell.strip()}
    check_columns(path, list(given.values()))
    named, invented = {}, []
    for at in range(len(cells)):
        if at not in given:
            name = f"column {at + 1}"
            while name in given.values():
                name += "*"
            invented.append(name)
        named[at] = given.get(at) or invented[-1]
    return named, invented


def empty_columns(rows: Iterator[Row], suspects: Sequence[str]) -> set[str]:
    """Those of `suspects` that are empty in every good row."""
    empty = set(suspects)
    for row in rows:
        if not empty:
            break
        if not row.reason:
            empty -= {name for name in empty if row.fields.get(name) not in (None, "")}
    return empty
