"""Any table with all its cells as text, in a single pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from .cells import CellError, checked_text
from .opening import open_table
from .rows import Raw, Row


@dataclass(frozen=True, slots=True)
class TextRow:
    """A `Row` whose fields are all text."""

    line: int
    fields: dict[str, str]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TextTable:
    """All of a table's columns, and a single pass over its rows."""

    columns: list[str]
    rows: Iterator[TextRow]


def read_table(path: Path, keep: Collection[str]) -> TextTable:
    """Open a table; its rows have only those fields that are to `keep`.

    Raises:
        CatalogError: as `open_table` does.
    """
    table = open_table(path)
    return TextTable(table.columns, map(_as_text, table.rows(keep)))


def _as_text(row: Row) -> TextRow:
    fields: dict[str, str] = {}
    reason, detail = row.reason, row.detail
    for column, value in row.fields.items():
        if isinstance(value, str):
            fields[column] = value.strip()
            continue
        try:
            fields[column] = _text(value)
        except CellError as error:
            reason, detail = (reason, detail) if reason else (error.reason, f"{column} {error.detail}")
    return TextRow(row.line, fields, reason, detail)


def _text(value: Raw) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return checked_text(value.decode("utf-8", "surrogateescape").strip())
    # A column of whole numbers with a gap comes out of pandas as floats: 2011.0.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
