"""A table that is written block by block, as Parquet or CSV, and appears when it is whole."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from likewise.ingest.errors import ParameterError, StoreError

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".parquet", ".csv")


class TableFile:
    """Writes tables of one schema into a file.

    Args:
        path: of the file, which is replaced; its ending says the format.

    Raises:
        ParameterError: another ending.
        StoreError: it cannot be written; then what was there stays.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in ENDINGS:
            raise ParameterError(f"--out takes a file that ends in {' or '.join(ENDINGS)}; received {path}.")
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def write(self, table: pa.Table) -> None:
        """Append a block."""
        try:
            if self._writer is None:
                self._writer = self._open(table.schema)
            self._writer.write_table(table)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error}.") from error

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        try:
            if self._writer is not None:
                self._writer.close()
                if kind is None:
                    self._partial.replace(self._path)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error}.") from error
        finally:
            self._partial.unlink(missing_ok=True)

    def _open(self, schema: pa.Schema) -> Any:  # noqa: ANN401 - one of two writers without a common base
        from pyarrow.csv import CSVWriter
        from pyarrow.parquet import ParquetWriter

        kind = ParquetWriter if self._path.suffix.lower() == ".parquet" else CSVWriter
        return kind(str(self._partial), schema)
