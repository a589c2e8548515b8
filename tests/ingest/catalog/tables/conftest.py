"""Small tables that tests write, and what is read of them."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from likewise.ingest.catalog.tables import Table, TableOptions, open_table


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Table]:
    """The table of this content, packed if its name says so."""

    def make(content: str | bytes, name: str = "shop.csv", **options: Any) -> Table:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return open_table(path, TableOptions(**options))

    return make


def cells_of(table: Table) -> list[list[Any]]:
    """The cells of all rows, none of which may be a reject."""
    rows = list(table.rows())
    assert [(row.line, row.reason, row.detail) for row in rows if row.reason] == []
    return [[row.fields[column] for column in table.columns] for row in rows]


@pytest.fixture(scope="session")
def cells() -> Callable[[Table], list[list[Any]]]:
    return cells_of


@pytest.fixture(scope="session")
def rejects() -> Callable[[Table], list[tuple[int, str, str]]]:
    return lambda table: [(row.line, row.reason, row.detail) for row in table.rows() if row.reason]
