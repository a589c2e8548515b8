"""Reads pictures out of the tables of a catalog, by the references of cells."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from ...errors import ImageError
from .cells import FIRST_ROW, Cell, CellReader, cell_bytes
from .files import Files

_OPEN = 4


class Tables:
    """The tables that were read last stay open.

    Args:
        files: which tables may be read: those inside the catalog.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._readers: OrderedDict[tuple[str, str, object], CellReader] = OrderedDict()

    def read(self, ref: str) -> bytes:
        """The bytes of a cell.

        Raises:
            ImageError: `missing` cell or table, `outside-catalog`, `empty`, or `unreadable`: the table is damaged.
        """
        cell = Cell.of(ref)
        try:
            return cell_bytes(self._reader(cell).read(cell.row - FIRST_ROW), ref)
        except IndexError:
            raise ImageError("missing", f"{cell.table!r} has no row {cell.row}") from None
        except ImageError:
            raise
        # pyarrow meets foreign bytes with errors of its own and with built-in ones.
        except Exception as error:
            raise ImageError("unreadable", f"{ref[:200]!r} cannot be read ({error})") from error

    def close(self) -> None:
        """Close all tables."""
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

    def _reader(self, cell: Cell) -> CellReader:
        with self._lock:
            path = self._path(cell.table)
            # A table that was replaced is another one under the same name.
            key = cell.table, cell.column, _state(path)
            if key not in self._readers:
                self._readers[key] = CellReader(path, cell.column)
                if len(self._readers) > _OPEN:
                    self._readers.popitem(last=False)
            self._readers.move_to_end(key)
            return self._readers[key]

    def _path(self, table: str) -> Path:
        path = f"{self._files.bases[0]}/{table}"
        problem = self._files.check(path)
        if problem:
            reason = "missing" if problem == "missing-image" else problem
            raise ImageError(reason, f"the table {table[:200]!r} of a picture is not a file of the catalog")
        return Path(path)


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
