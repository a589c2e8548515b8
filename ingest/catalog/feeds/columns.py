"""Headers of a table, found by the names that makers document, whatever their case and punctuation."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_BETWEEN = re.compile(r"[^\w]+|_+")


def folded(name: str) -> str:
    """`Body (HTML)` as `body_html`."""
    return _BETWEEN.sub("_", name.strip().lower()).strip("_")


class Headers:
    """A table's columns by their folded names.

    Args:
        columns: as the table has them.
        prefix: what some files put before every name.
    """

    def __init__(self, columns: Sequence[str], prefix: str = "") -> None:
        self._columns = {folded(column).removeprefix(prefix): column for column in reversed(columns)}
        self._in_order = tuple(columns)

    @property
    def folded(self) -> tuple[str, ...]:
        """All names, folded."""
        return tuple(map(folded, self._in_order))

    def get(self, *names: str) -> str | None:
        """The first of the names that is there, as the table writes it."""
        return next(iter(self.all(*names)), None)

    def all(self, *names: str) -> tuple[str, ...]:
        """Those of the names that are there, as the table writes them."""
        return tuple(self._columns[name] for name in map(folded, names) if name in self._columns)

    def has(self, *names: str) -> bool:
        """Whether all are there."""
        return len(self.all(*names)) == len(names)

    def any(self, *names: str) -> bool:
        """Whether one of them is there."""
        return bool(self.all(*names))

    def numbered(self, *patterns: str) -> list[tuple[str, ...]]:
        """Columns that are counted from 1, such as `Option{} Name` and `Option{} Value`, as far as all are there."""
        found: list[tuple[str, ...]] = []
        while self.has(*(names := [pattern.format(len(found) + 1) for pattern in patterns])):
            found.append(self.all(*names))
        return found

    def others(self, used: Collection[str], unused: Collection[str]) -> tuple[str, ...]:
        """The table's other columns, without those whose folded names nobody wants."""
        return tuple(
            column for column in self._in_order if column and column not in used and folded(column) not in unused
        )
