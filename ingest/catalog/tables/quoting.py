"""Which quotes of delimited text match up, and which lines therefore belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .lines import MAX_RECORD

CLOSED, OPEN, MALFORMED = "closed", "open", "malformed"

_MAX_JOINED = 100
_TELLING_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands between columns, and how many fields a record has: `fewest` without its surplus, up to `width`."""

    delimiter: str
    fewest: int
    width: int


def continuation(lines: Sequence[str], at: int, shape: Shape, *, final: bool) -> int | None:
    """How many of the lines after `lines[at]` belong to its record; None if that takes more lines to tell.

    Lines are joined only when a field was opened by a quote, is closed properly within a hundred lines, and the right
    number of fields comes out: a quote that never closes, or a mark for inches, must not swallow other rows.

    Args:
        lines: without their ends.
        at: the record's first line.
        shape: of the table; one of no width takes any number of fields.
        final: whether no other lines follow.
    """
    if '"' not in lines[at] or quoting(lines[at], shape.delimiter)[0] != OPEN:
        return 0
    size = len(lines[at])
    checks = 0
    for more in range(1, _MAX_JOINED + 1):
        if at + more == len(lines):
            return 0 if final else None
        line = lines[at + more]
        size += 1 + len(line)
        if size >= MAX_RECORD:
            return 0
        # Doubled quotes close nothing; any others end at least one field.
        if '"' not in line.replace('""', ""):
            continue
        checks += 1
        if shape.width and checks > shape.width:
            return 0
        parts = lines[at : at + more + 1]
        state, fields = quoting("\n".join(parts), shape.delimiter)
        if state != OPEN:
            fits = not shape.width or shape.fewest <= fields <= shape.width
            return more if state == CLOSED and fits and not _rows_themselves(parts, shape) else 0
    return 0


def _rows_themselves(parts: Iterable[str], shape: Shape) -> bool:
    # A forgotten quote can meet a later mark for inches and look well-formed. Text with this many commas in each of
    # its lines is rarer than that; in a narrow table it is not.
    return shape.fewest >= _TELLING_WIDTH and all(part.count(shape.delimiter) >= shape.fewest - 1 for part in parts)


def quoting(record: str, delimiter: str) -> tuple[str, int]:
    """Whether the quotes of a record match up.

    Returns:
        `CLOSED` and the number of fields; or `OPEN` and the place of the quote that does not close; or
        `MALFORMED` and 0. A quote inside of an unquoted field is text.
    """
    at = fields = 0
    while True:
        fields += 1
        if record[at : at + 1] == '"':
            opened = at
            at = record.find('"', at + 1)
            while at >= 0 and record[at + 1 : at + 2] == '"':
                at = record.find('"', at + 2)
            if at < 0:
                return OPEN, opened
            at += 1
            if at == len(record):
                return CLOSED, fields
            if record[at : at + 1] != delimiter:
                return MALFORMED, 0
        else:
            comma = record.find(delimiter, at)
            if record.find("\n", at, len(record) if comma < 0 else comma) >= 0:
                return MALFORMED, 0
            if comma < 0:
                return CLOSED, fields
            at = comma
        at += 1
