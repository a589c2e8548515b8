"""Pictures that stand in a Parquet table itself, read again from there whenever they are needed.

A reference is `cell://<table>/<column>/<row>`, percent-encoded, with the table's path relative to the catalog and the
row counted as rejects count it: 2 is the first, under the header. Memory holds a few rows, whatever a table's length.
"""

# ruff: noqa: ANN401 - pyarrow has no types

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ...errors import ImageError

FIRST_ROW = 2

_BATCH = 16
"""Rows that are read at once: a cell may have megabytes."""

_KEPT = 4
_BUFFER = 2**20


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a picture stands: the table's path relative to the catalog, the column, the row (2 is the first)."""

    table: str
    column: str
    row: int

    @property
    def ref(self) -> str:
        """The reference of the picture."""
        return f"cell://{quote(self.table)}/{quote(self.column, safe='')}/{self.row}"

    @classmethod
    def of(cls, ref: str) -> Cell:
        """The cell that a reference means.

        Raises:
            ImageError: it means none.
        """
        table, _, rest = ref.removeprefix("cell://").rpartition("/")[0].rpartition("/")
        row = ref.rpartition("/")[2]
        if not (table and rest and row.isascii() and row.isdigit() and len(row) < 16 and int(row) >= FIRST_ROW):
            raise ImageError("missing", f"{ref[:200]!r} names no cell of a table")
        return cls(unquote(table), unquote(rest), int(row))


class CellReader:
    """Reads the cells of one column of a Parquet table, best in order; threads take turns.

    Rows are decoded one small batch after the other. To go back, the row group is read again from its beginning; a
    few batches are kept, so that threads that are not quite in order do not make it go back.

    Raises:
        ImageError: the table has no such column.
    """

    def __init__(self, path: Path, column: str) -> None:
        import pyarrow.parquet as pq

        self._lock = threading.Lock()
        # Without a buffer, the whole column of a row group, which may be all of the table, would be read at once.
        self._file = pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
        if column not in self._file.schema_arrow.names:
            raise ImageError("missing", f"{path.name} has no column {column[:200]!r}")
        self._column = column
        self._starts = [0]
        for at in range(self._file.num_row_groups):
            self._starts.append(self._starts[-1] + self._file.metadata.row_group(at).num_rows)
        self._kept: OrderedDict[int, Any] = OrderedDict()
        self._next = 0
        self._batches: Iterator[Any] = iter(())
        self._group_end = 0

    def read(self, index: int) -> object:
        """The value of a row, counted from 0 (bytes, a mapping, text or None).

        Raises:
            IndexError: there is no such row.
        """
        with self._lock:
            for start, batch in self._kept.items():
                if start <= index < start + len(batch):
                    return batch[index - start].as_py()
            if not 0 <= index < self._starts[-1]:
                raise IndexError(index)
            if index < self._next or index >= self._group_end:
                self._open(index)
            while True:
                start, batch = self._next, next(self._batches)
                self._next += len(batch)
                self._kept[start] = batch
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
                if index < self._next:
                    return batch[index - start].as_py()

    def close(self) -> None:
        """Close the file."""
        self._batches = iter(())
        self._file.close()

    def _open(self, index: int) -> None:
        group = next(at for at, end in enumerate(self._starts[1:]) if index < end)
        self._next, self._group_end = self._starts[group], self._starts[group + 1]
        batches = self._file.iter_batches(
            batch_size=_BATCH, row_groups=[group], columns=[self._column], use_threads=False
        )
        self._batches = (batch.column(0) for batch in batches)


def picture_cells(path: Path, table: str, column: str) -> Iterator[Cell | str | None]:
    """Of each row the cell, if it has bytes; else the name or address that it has instead; else None.

    A column that has bytes in all of its rows, as its statistics say, is not even read.

    Args:
        path: of the table.
        table: its path relative to the catalog.
        column: of bytes, of structs `{bytes, path}`, or of text.
    """
    import pyarrow.parquet as pq

    reader = CellReader(path, column)
    try:
        with pq.ParquetFile(path) as file:
            metadata = file.metadata
            name = _bytes_path(file, column)
            row = 0
            for at in range(metadata.num_row_groups):
                group = metadata.row_group(at)
                whole = _is_whole(group, name)
                for _ in range(group.num_rows):
                    cell = Cell(table, column, row + FIRST_ROW)
                    value = b"?" if whole else bytes_or_name(reader.read(row))
                    yield cell if isinstance(value, bytes) else value
                    row += 1
    finally:
        reader.close()


def cell_bytes(value: object, ref: str) -> bytes:
    """The bytes of a cell's value.

    Raises:
        ImageError: it has none.
    """
    found = bytes_or_name(value)
    if not isinstance(found, bytes):
        raise ImageError("empty", f"{ref[:200]!r} has no bytes")
    return found


def bytes_or_name(value: object) -> bytes | str | None:
    """The bytes of a cell, else the name or address that it has instead; None if it has neither."""
    kept = (value.get("bytes"), value.get("path")) if isinstance(value, Mapping) else (value,)
    return next((each for each in kept if isinstance(each, bytes | str) and each), None)


def _bytes_path(file: Any, column: str) -> str | None:
    """The name under which the table's metadata has the bytes of a column; None if it has text."""
    import pyarrow as pa

    kind = file.schema_arrow.field(column).type
    name = column
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind, name = kind.field("bytes").type, f"{column}.bytes"
    return name if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else None


def _is_whole(group: Any, name: str | None) -> bool:
    """Whether each row of a row group has bytes, by its statistics."""
    for at in range(group.num_columns):
        part = group.column(at)
        if part.path_in_schema == name:
            statistics = part.statistics
            return bool(statistics is not None and statistics.has_null_count and statistics.null_count == 0)
    return False
