"""Rows of a product table, CSV or Parquet, one at a time and however broken."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import CatalogError

MAX_FIELD = 32_768
_MAX_LINE = 1_048_576
_MAX_JOINED = 100
_BLOCK = 2**20
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `fields` by column, or why there are none (`reason` and `detail`)."""

    line: int
    fields: dict[str, str]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns and a single pass over its rows."""

    columns: list[str]
    rows: Iterator[Row]


def read_table(path: Path) -> Table:
    """Open a `.csv` or `.parquet` table.

    Raises:
        CatalogError: missing, not a table, without a header, or with a column twice.
    """
    if not path.is_file():
        raise CatalogError(f"There is no table {path}. Give a folder with styles.csv, or a .csv or .parquet file.")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet(path)
    if suffix == ".csv":
        return _csv(path)
    raise CatalogError(f"{path} is neither .csv nor .parquet; convert it, or rename it if it is one of them.")


def _csv(path: Path) -> Table:
    lines = _lines(path)
    header = next(lines, None)
    if header is None:
        raise CatalogError(f"{path} is empty; the first line must name the columns.")
    columns, problem = _split(header[1])
    if problem or columns is None:
        raise CatalogError(f"The header of {path} cannot be read: {problem}.")
    columns = [column.strip() for column in columns]
    _check_columns(path, columns)
    return Table(columns, (_row(number, raw, columns) for number, raw in _records(lines, len(columns)) if raw.strip()))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Physical lines with their numbers.

    Not Python's universal newlines: a row that is not UTF-8 must not take its neighbours along.
    """
    number = 0
    rest = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                # A line end of two bytes must not be cut in half.
                block += file.read(1) if block.endswith(b"\r") else b""
                *lines, rest = _LINE_END.split(rest + block)
                # What is longer than any row may be is rejected for it: the surplus need not be kept.
                rest = rest[:_MAX_LINE]
                for line in lines:
                    number += 1
                    yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
    if rest:
        yield number + 1, rest.removeprefix(b"\xef\xbb\xbf") if number == 0 else rest


def _records(lines: Iterator[tuple[int, bytes]], width: int) -> Iterator[tuple[int, bytes]]:
    """Lines, joined where a properly quoted field goes on in the next ones.

    Joined only when that gives exactly `width` fields within a few lines: a stray quote must not swallow
    the rest of the file.
    """
    waiting: deque[tuple[int, bytes]] = deque()
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        number, raw = line
        if raw.count(b'"') % 2:
            joined = raw
            for at in range(_MAX_JOINED):
                if at == len(waiting):
                    following = next(lines, None)
                    if following is None:
                        break
                    waiting.append(following)
                joined += b"\n" + waiting[at][1]
                if joined.count(b'"') % 2 == 0:
                    if len(joined) < _MAX_LINE and len(_split(joined)[0] or ()) == width:
                        raw = joined
                        for _ in range(at + 1):
                            waiting.popleft()
                    break
        yield number, raw


def _split(raw: bytes) -> tuple[list[str] | None, str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, f"byte {error.start + 1} is not UTF-8 ({raw[error.start : error.start + 1]!r})"
    if "\0" in text:
        return None, "it contains a NUL character"
    fields = next(csv.reader(io.StringIO(text)), [])
    # A quote that never closes takes the commas after it along: then the quotes are part of the text.
    if text.count('"') % 2:
        fields = text.split(",")
    return fields, ""


def _row(number: int, raw: bytes, columns: list[str]) -> Row:
    if len(raw) >= _MAX_LINE:
        return Row(number, {}, "too-long", f"the line has over {_MAX_LINE:,} bytes")
    try:
        fields, problem = _split(raw)
    except csv.Error as error:
        return Row(number, {}, "too-long", f"a field is too long ({error})")
    if fields is None:
        return Row(number, {}, "bad-encoding", problem)
    if len(fields) > len(columns):
        # The public table does not quote: surplus commas belong to the last column, the product's name.
        last = len(columns) - 1
        fields = [*fields[:last], ",".join(fields[last:])]
    named = {column: field.strip() for column, field in zip(columns, fields, strict=False)}
    if len(fields) < len(columns):
        return Row(number, named, "too-few-fields", f"{len(fields)} fields, the header has {len(columns)}")
    return _bounded(number, named)


def _bounded(number: int, named: dict[str, str]) -> Row:
    for column, field in named.items():
        if len(field) > MAX_FIELD:
            return Row(number, named, "too-long", f"{column} has {len(field):,} characters")
    return Row(number, named)


def _parquet(path: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        columns = list(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(f"{path} is no readable Parquet file ({error}).") from error
    _check_columns(path, columns)
    return Table(columns, _parquet_rows(path, file))


def _parquet_rows(path: Path, file: object) -> Iterator[Row]:
    import pyarrow as pa

    number = 1
    try:
        for batch in file.iter_batches(batch_size=4096):  # type: ignore[attr-defined]
            for row in batch.to_pylist():
                number += 1
                yield _bounded(number, {key: "" if value is None else str(value) for key, value in row.items()})
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path} is damaged after row {number} ({error}).") from error


def _check_columns(path: Path, columns: list[str]) -> None:
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise CatalogError(f"{path} has the column {doubled[0]!r} twice; rename one.")
