"""The one way in: any table by its path."""

from __future__ import annotations

from pathlib import Path

from .formats import recognise
from .rows import Table, TableOptions


def open_table(path: Path, options: TableOptions | None = None) -> Table:
    """Recognise a table and open it.

    Raises:
        CatalogError: missing, no table that is read, without a header, with a column twice, or damaged.
    """
    options = options or TableOptions()
    return recognise(path, options)(path, options)
