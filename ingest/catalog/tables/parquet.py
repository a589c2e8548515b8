"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import CatalogError
from .parquet_types import Cells, cells_of, kind
from .rows import Row, Table, TableOptions, check_columns

KINDS = ("text", "integer", "float", "bool", "datetime", "list")

_BATCH = 4 * 2**20
"""Bytes of a batch: some rows hold whole pictures."""

_MOST_ROWS = 4096


def open_parquet(path: Path, options: TableOptions) -> Table:  # noqa: ARG001 - a Parquet file has no options
    """Open a Parquet file.

    Raises:
        CatalogError: no readable Parquet file, or one with a column twice.
    """
    types = column_types(path)
    stated = {name: kind(arrow) for name, arrow in types.items() if kind(arrow) in KINDS}

    def reading(keep: Sequence[str]) -> Iterator[Row]:
        return rows_of_file(path, keep, 1)

    return Table(path, list(types), f"Parquet, {len(types)} columns", reading, stated)


def column_types(path: Path) -> dict[str, Any]:
    """Columns and their Arrow types.

    Raises:
        CatalogError: no readable Parquet file, or one with a column twice.
    """
    schema = _file(path).schema_arrow
    try:
        types = dict(zip(schema.names, schema.types, strict=True))
    except ValueError as error:
        raise CatalogError(f"{path} has a column whose name cannot be read ({error}).") from error
    check_columns(path, list(schema.names))
    return types


def rows_of_file(path: Path, keep: Sequence[str], before: int) -> Iterator[Row]:
    """The rows, numbered from `before` + 1 on.

    Raises:
        CatalogError: the file is damaged.
    """
    import pyarrow as pa

    file = _file(path)
    number = before
    # Without any column the rows would have to be believed in.
    read = list(keep) or file.schema_arrow.names[:1]
    try:
        for batch in file.iter_batches(batch_size=_batch_size(file), columns=read):
            columns = {name: cells_of(batch.column(name)) for name in read}
            wrong = {at for cells in columns.values() for at in cells.wrong}
            for at, cells in enumerate(zip(*(cells.values for cells in columns.values()), strict=True)):
                number += 1
                yield _reject(number, at, columns) if at in wrong else Row(number, dict(zip(keep, cells, strict=False)))
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise CatalogError(f"{path} is damaged after row {number} ({error}).") from error


def _reject(number: int, at: int, columns: Mapping[str, Cells]) -> Row:
    readable = {name: cells.values[at] for name, cells in columns.items() if at not in cells.wrong}
    name, problem = next((name, cells.wrong[at]) for name, cells in columns.items() if at in cells.wrong)
    return Row(number, readable, problem.reason, f"{name} {problem.detail}")


def _file(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Without a buffer a whole row group would be read at once.
        return pq.ParquetFile(path, buffer_size=2**20, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CatalogError(f"{path} is no readable Parquet file ({error}).") from error


def _batch_size(file: Any) -> int:  # noqa: ANN401
    """Rows that are about four MiB, by the size of whole rows."""
    # A damaged description of a single column would end the process.
    meta = file.metadata
    size = sum(int(meta.row_group(group).total_byte_size) for group in range(meta.num_row_groups))
    each = max(1, size // max(1, int(meta.num_rows)))
    return max(1, min(_MOST_ROWS, _BATCH // each))
