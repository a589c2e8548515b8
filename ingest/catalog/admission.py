"""Which rows of a catalog count, and what they have in common."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..errors import CatalogError
from .hints import options_for
from .inference import Understanding, understand
from .nothing import nothing_words
from .options import ReadingOptions
from .schema import RESERVED, Schema
from .source import Source
from .tables import Row
from .values import as_text, is_missing


def understand_source(
    source: Source, options: ReadingOptions, indexed: Schema | None, kept: ReadingOptions | None = None
) -> Understanding:
    """The schema of the rows that are let in, and how their cells are read.

    Raises:
        CatalogError: an option names a column that the table does not have, or that another one leaves out.
    """
    table = source.table
    # What was once said of a column is no reason for a night to fail when the column leaves the table.
    gone = (frozenset() if kept is None else kept.columns).difference(table.columns)
    options = options.without(gone)
    wishes = options.wishes
    named = [
        *(source.id_column, *source.image_columns, *(key for key, _ in options.only), *wishes.types),
        *(*options.drop, *(name for name in options.keep if name not in gone), *wishes.filtered, *wishes.attributes),
        *([wishes.category] if wishes.category else []),
    ]
    for column in named:
        if column not in table.columns:
            hint = options_for(table, ids=not options.id_column, images=not source.image_columns)
            raise CatalogError(
                f"{table.path} has no column {column!r}; it has {', '.join(table.columns)}. "
                f"Name the right ones with --id-column, --image-column and the like.{hint}"
            )
    for column in (*options.keep, *wishes.filtered):
        if column in options.drop or (options.keep and column not in options.keep):
            raise CatalogError(f"The column {column!r} is asked for and left out at once: the options contradict.")
    ours = {source.id_column, *source.image_columns, *source.hidden, *options.drop}
    names = [name for name in table.columns if name not in ours and (not options.keep or name in options.keep)]
    reserved = [name for name in names if name in RESERVED]
    if reserved:
        raise CatalogError(f"{table.path} has a column {reserved[0]!r}, a name of ours: rename it, or --drop it.")
    if source.group in names and wishes.group is None:
        wishes = dataclasses.replace(wishes, group=source.group)
    admitted = Admitted(options.only)
    telling = {*names, source.id_column, *admitted.wanted}
    rows = (row for row in table.rows(telling) if not row.reason and admitted(row))
    words = nothing_words(options.nulls)
    return understand(rows, names, source.id_column, table.types, wishes, indexed, words)


MOST_MET = 20_000
"""Values of a column that are remembered for the message that none is let in."""


class Admitted:
    """Whether `only` lets a row in; remembers the values that it met."""

    def __init__(self, only: Sequence[tuple[str, str]]) -> None:
        self.wanted: dict[str, set[str]] = {}
        for column, value in only:
            self.wanted.setdefault(column, set()).add(value)
        self.met: dict[str, Counter[str]] = {column: Counter() for column in self.wanted}

    def __call__(self, row: Row) -> bool:
        """Whether this row is let in."""
        for column, met in self.met.items():
            value = _only_text(row.fields.get(column, ""))
            if value in met or len(met) < MOST_MET:
                met[value] += 1
        # A row too broken to have its columns is kept as a reject: nobody can say that it was to be excluded.
        return all(
            column not in row.fields or _only_text(row.fields[column]) in values
            for column, values in self.wanted.items()
        )


def _only_text(raw: Any) -> str:  # noqa: ANN401 - whatever a reader of tables gives
    return "" if is_missing(raw) else as_text(raw)
