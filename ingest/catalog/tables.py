"""Rows of a product table, CSV or Parquet, one at a time and however broken."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CatalogError
from .csv_records import MAX_RECORD, OPEN, lines, quoting, records

MAX_FIELD = 32_768
_UNREADABLE = ("\ufffd", "\0")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `fields` by column, as far as they can be read, and what is wrong (`reason` and `detail`)."""

    line: int
    fields: dict[str, str]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Pass:
    """All of a table's columns, and a single pass over its rows."""

    columns: list[str]
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, and its rows as often as one asks."""

    path: Path
    columns: list[str]
    types: dict[str, Any]

    def rows(self) -> Iterator[Row]:
        return read_table(self.path, self.columns).rows


def open_table(path: Path) -> Table:
    return Table(path, read_table(path, ()).columns, {})


def read_table(path: Path, keep: Collection[str]) -> _Pass:
    """Open a `.csv` or `.parquet` table; its rows have only those fields that are to `keep`.

    Raises:
        CatalogError: missing, not a table, without a header, or with a column twice.
    """
    if not path.is_file():
        raise CatalogError(f"There is no table {path}. Give a folder with styles.csv, or a .csv or .parquet file.")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet(path, keep)
    if suffix == ".csv":
        return _csv(path, keep)
    raise CatalogError(f"{path} is neither .csv nor .parquet; convert it, or rename it if it is one of them.")


def _csv(path: Path, keep: Collection[str]) -> _Pass:
    numbered = lines(path)
    header = next(numbered, None)
    if header is None:
        raise CatalogError(f"{path} is empty; the first line must name the columns.")
    try:
        columns, problem = _split(header[1])
    except csv.Error as error:
        columns, problem = [], str(error)
    if problem:
        raise CatalogError(f"The header of {path} cannot be read: {problem}.")
    columns = [column.strip() for column in columns]
    _check_columns(path, columns)
    rows = (_row(number, raw, columns, keep) for number, raw in records(numbered, len(columns)) if raw.strip())
    return _Pass(columns, rows)


def _split(raw: bytes) -> tuple[list[str], str]:
    """The fields of a record, and why they are not to be trusted."""
    problem = ""
    try:
        problem = "it contains a NUL character" if "\0" in raw.decode("utf-8") else ""
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8 ({raw[error.start : error.start + 1]!r})"
    state, at = quoting(raw) if b'"' in raw else ("", 0)
    if state != OPEN:
        return _parse(raw), problem
    # A quote that never closes would take the commas after it along: it is part of the text.
    before = _parse(raw[: at - 1]) if at else []
    return before + raw[at:].decode("utf-8", "replace").split(","), problem


def _parse(raw: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(raw.decode("utf-8", "replace"))), [""])


def _row(number: int, raw: bytes, columns: list[str], keep: Collection[str]) -> Row:
    if len(raw) >= MAX_RECORD:
        return Row(number, {}, "too-long", f"the line has over {MAX_RECORD:,} bytes")
    try:
        fields, problem = _split(raw)
    except csv.Error as error:
        return Row(number, {}, "too-long", f"a field is too long ({error})")
    if len(fields) > len(columns):
        # The public table does not quote: surplus commas belong to the last column, the product's name.
        last = len(columns) - 1
        fields = [*fields[:last], ",".join(fields[last:])]
    named = {column: field.strip() for column, field in zip(columns, fields, strict=False) if column in keep}
    if problem:
        return Row(number, _readable(named), "bad-encoding", problem)
    if len(fields) < len(columns):
        return Row(number, named, "too-few-fields", f"{len(fields)} fields, the header has {len(columns)}")
    return _bounded(number, named)


def _readable(named: dict[str, str]) -> dict[str, str]:
    return {column: field for column, field in named.items() if not any(sign in field for sign in _UNREADABLE)}


def _bounded(number: int, named: dict[str, str]) -> Row:
    for column, field in named.items():
        if len(field) > MAX_FIELD:
            return Row(number, named, "too-long", f"{column} has {len(field):,} characters")
    return Row(number, named)


def _parquet(path: Path, keep: Collection[str]) -> _Pass:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        columns = list(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(f"{path} is no readable Parquet file ({error}).") from error
    _check_columns(path, columns)
    return _Pass(columns, _parquet_rows(path, file, [column for column in columns if column in keep]))


def _parquet_rows(path: Path, file: Any, columns: list[str]) -> Iterator[Row]:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    number = 1
    try:
        # Other columns may hold whole pictures.
        for batch in file.iter_batches(batch_size=4096, columns=columns):
            for at in range(batch.num_rows):
                number += 1
                yield _parquet_row(number, {column: batch.column(column)[at] for column in columns})
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(f"{path} is damaged after row {number} ({error}).") from error


def _parquet_row(number: int, cells: dict[str, Any]) -> Row:
    named: dict[str, str] = {}
    problem = ""
    for column, cell in cells.items():
        try:
            named[column] = _text(cell.as_py())
        except UnicodeDecodeError:
            problem = problem or f"{column} is not UTF-8"
            continue
        if "\0" in named[column]:
            problem = problem or f"{column} contains a NUL character"
    return Row(number, _readable(named), "bad-encoding", problem) if problem else _bounded(number, named)


def _text(value: object) -> str:
    if value is None or value != value:  # not a number
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8").strip()
    # A column of whole numbers with a gap comes out of pandas as floats: 2011.0.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _check_columns(path: Path, columns: list[str]) -> None:
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise CatalogError(f"{path} has the column {doubled[0]!r} twice; rename one.")
