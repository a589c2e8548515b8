"""What a feed is read from and turned into: tables whose rows can be read more than once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

Raw = str | int | float | bool | datetime | date | bytes | list[Any] | dict[str, Any] | None
"""A cell as its file has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `fields` by column, as far as they can be read, and what is wrong (`reason` and `detail`)."""

    line: int
    fields: dict[str, Raw]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows that are read anew each time that they are asked for.

    Attributes:
        types: type of each column that declares one.
        recognised: how the file was understood, in words.
        stream: opens the rows; takes the columns that are wanted, or none for all.
    """

    path: Path
    columns: list[str]
    recognised: str
    stream: Callable[[Collection[str] | None], Iterator[Row]]
    types: Mapping[str, str] = field(default_factory=dict)

    def rows(self, keep: Collection[str] | None = None) -> Iterator[Row]:
        """All rows, with the columns that are to `keep`, or all of them."""
        return self.stream(keep)


def kept(fields: Mapping[str, Raw], keep: Collection[str] | None) -> dict[str, Raw]:
    """Those fields that are to `keep`, or all of them."""
    return {column: value for column, value in fields.items() if keep is None or column in keep}
