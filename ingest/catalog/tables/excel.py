"""Sheets of Excel files."""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import CatalogError
from .cells import excel_cell, typed_row
from .rows import Row, Table, TableOptions, empty_columns, name_columns

MAX_CELLS = 64_000_000
"""Rows times columns of the area in use; a sheet is held in memory as a whole."""

MAX_XML = 2**31
"""Bytes of the unpacked sheets and texts."""

_BLOCK = 2**20
_PLACE = re.compile(rb'\sr="([A-Z]{1,3})([0-9]{1,9})"')


def open_excel(path: Path, options: TableOptions) -> Table:
    """Open the first sheet of an Excel file, or the one that the options name.

    Raises:
        CatalogError: no readable Excel file, no such sheet, an empty one, or one with a column twice.
    """
    _check_size(path)
    sheet = _sheet(path, options.sheet)
    cells = iter(_cells(path, sheet))
    line, header = next(cells, (0, []))
    if not line:
        raise CatalogError(f"The sheet {sheet.name!r} of {path} is empty; its first row must name the columns.")
    named, invented = name_columns(path, [_title(cell) for cell in header])
    if invented:
        suspects = {at: name for at, name in named.items() if name in invented}
        empty = empty_columns(_rows(cells, suspects), invented)
        named = {at: name for at, name in named.items() if name not in empty}

    def reading(keep: Sequence[str]) -> Iterator[Row]:
        wanted = {at: name for at, name in named.items() if name in keep}
        return _rows((each for each in _cells(path, _sheet(path, sheet.name)) if each[0] > line), wanted)

    return Table(path, list(named.values()), f"Excel, sheet {sheet.name!r}, {len(named)} columns", reading)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """What goes wrong inside of calamine, a panic of its Rust included, as a CatalogError."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError as error:
        raise CatalogError(f"{path} is locked by a password; save it without.") from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise CatalogError(f"{path} is no readable Excel file ({error}). Save it once more as .xlsx.") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CatalogError(f"{path} is damaged ({error}). Save it once more as .xlsx.") from error


def _sheet(path: Path, name: str | None) -> Any:  # noqa: ANN401 - a sheet of calamine
    from python_calamine import CalamineWorkbook

    # By its path it would be told apart by its suffix.
    with _translated(path), path.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
        if not names:
            raise CatalogError(f"{path} has no sheet.")
        if name is not None and name not in names:
            raise CatalogError(f"{path} has no sheet {name!r}; it has {', '.join(map(repr, names))}.")
        return book.get_sheet_by_name(names[0] if name is None else name)


def _cells(path: Path, sheet: Any) -> Iterator[tuple[int, list[Any]]]:  # noqa: ANN401 - a sheet of calamine
    """The rows that are not empty, with their numbers."""
    with _translated(path):
        for number, row in enumerate(sheet.iter_rows(), 1):
            if any(cell != "" for cell in row):
                yield number, row


def _rows(cells: Iterator[tuple[int, list[Any]]], columns: dict[int, str]) -> Iterator[Row]:
    for number, row in cells:
        yield typed_row(number, {name: row[at] for at, name in columns.items()}, excel_cell)


def _title(cell: object) -> str:
    # A year in a header is a number to Excel.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def _check_size(path: Path) -> None:
    """Do nothing if the sheets fit in memory: one cell far away makes an area of billions.

    Raises:
        CatalogError: they do not, or the file is damaged.
    """
    columns = rows = 0
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [info for info in archive.infolist() if info.filename.startswith("xl/")]
            if sum(info.file_size for info in parts if info.filename.endswith(".xml")) > MAX_XML:
                raise CatalogError(f"{path} has over {MAX_XML // 2**20:,} MiB of cells; save it as CSV instead.")
            for info in parts:
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    for column, row in _places(archive, info):
                        columns, rows = max(columns, column), max(rows, row)
                    if columns * rows > MAX_CELLS:
                        raise CatalogError(
                            f"A sheet of {path} reaches to row {rows:,} and column {columns:,}, more than can be held "
                            "in memory. Delete what stands far from the table, or save it as CSV."
                        )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise CatalogError(f"{path} is no readable Excel file ({error}). Save it once more as .xlsx.") from error


def _places(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[int, int]]:
    """The furthest column and row of every block of a sheet's cells."""
    rest = b""
    with archive.open(info) as file:
        while block := file.read(_BLOCK):
            found = _PLACE.findall(rest + block)
            if found:
                letters = max({letters for letters, _ in found}, key=lambda each: (len(each), each))
                column = 0
                for letter in letters:
                    column = column * 26 + letter - 64
                yield column, max({int(digits) for _, digits in found})
            rest = block[-20:]
