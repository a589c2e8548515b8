"""Rows of delimited text: whole blocks by the csv module, and with care what it would get wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .lines import MAX_RECORD, Block, damage, is_clean
from .quoting import OPEN, Shape, continuation, quoting
from .rows import MAX_FIELD, Row

_BLANKS = " \t\v\f"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table's lines become rows.

    Attributes:
        shape: delimiter and number of fields.
        encoding: for what is said of bytes that are not in it.
        columns: names by place, only those that are wanted.
    """

    shape: Shape
    encoding: str
    columns: Mapping[int, str]


def read_rows(blocks: Iterable[Block], layout: Layout) -> Iterator[Row]:
    """All rows; blank lines are none."""
    rest, first = "", 1
    for block in blocks:
        if not rest:
            first = block.line
        text = rest + block.text
        lines = text[:-1].split("\n")
        # In a table of one column a blank line and a short row cannot be told from good ones by their fields.
        plain = layout.shape.width > 1 and max(map(len, lines)) <= MAX_FIELD and is_clean(text)
        at = (yield from _at_once(text, lines, first, layout)) if plain else 0
        at = yield from _with_care(lines, at, first, layout, final=False)
        rest, first = "".join(f"{line}\n" for line in lines[at:]), first + at
    if rest:
        yield from _with_care(rest[:-1].split("\n"), 0, first, layout, final=True)


def _at_once(text: str, lines: Sequence[str], first: int, layout: Layout) -> Generator[Row, None, int]:
    """Rows up to the first quote that is in doubt, and the number of lines that they took."""
    names, places = tuple(layout.columns.values()), tuple(layout.columns)
    shape, width = layout.shape, layout.shape.width
    everything = places == tuple(range(width))
    reader = csv.reader(io.StringIO(text) if '"' in text else lines, delimiter=shape.delimiter)
    before = 0
    # The block may end inside of a record, which then looks as if it were closed.
    last = len(lines) if '"' in lines[-1] else len(lines) + 1
    try:
        for fields in reader:
            after = reader.line_num
            whole = after == before + 1 and after < last
            if not whole and continuation(lines, before, shape, final=False) != after - before - 1:
                break
            size = 0 if whole else sum(map(len, lines[before:after]))
            if len(fields) == width and size <= MAX_FIELD:
                wanted = fields if everything else [fields[place] for place in places]
                yield Row(first + before, dict(zip(names, map(str.strip, wanted), strict=False)))
            elif (raw := "\n".join(lines[before:after])).strip(_BLANKS):
                yield careful_row(first + before, raw, layout)
            before = after
    except csv.Error:
        pass
    return before


def _with_care(lines: Sequence[str], at: int, first: int, layout: Layout, *, final: bool) -> Generator[Row, None, int]:
    """The rows from line `at` on, and the place of the first line that takes others to tell its record."""
    while at < len(lines):
        more = continuation(lines, at, layout.shape, final=final)
        if more is None:
            break
        raw = "\n".join(lines[at : at + more + 1])
        if raw.strip(_BLANKS):
            yield careful_row(first + at, raw, layout)
        at += more + 1
    return at


def careful_row(number: int, raw: str, layout: Layout) -> Row:
    """The row of one record, whatever is wrong with it."""
    if len(raw) >= MAX_RECORD:
        return Row(number, {}, "too-long", f"the line has over {MAX_RECORD:,} characters")
    try:
        fields = split(raw, layout.shape.delimiter)
    except csv.Error as error:
        return Row(number, {}, "too-long", f"a field is too long ({error})")
    fields = _fitted(fields, layout.shape)
    named = {column: fields[at].strip() for at, column in layout.columns.items() if at < len(fields)}
    problem = damage(raw, layout.encoding)
    if problem:
        readable = {column: field for column, field in named.items() if is_clean(field)}
        return Row(number, dict(readable), "bad-encoding", problem)
    if len(fields) < layout.shape.fewest:
        return Row(number, dict(named), "too-few-fields", f"{len(fields)} fields, the header has {layout.shape.fewest}")
    for column, field in named.items():
        if len(field) > MAX_FIELD:
            return Row(number, dict(named), "too-long", f"{column} has {len(field):,} characters")
    return Row(number, dict(named))


def _fitted(fields: list[str], shape: Shape) -> list[str]:
    """The fields without surplus at the end: first a spreadsheet's empty cells, then delimiters that nobody quoted."""
    if len(fields) == shape.width:
        return fields
    surplus = shape.width - shape.fewest
    while surplus and len(fields) > shape.fewest and not fields[-1].strip():
        fields, surplus = fields[:-1], surplus - 1
    if len(fields) <= shape.fewest:
        return fields
    # The public table does not quote: surplus commas belong to the last column, the product's name.
    last = shape.fewest - 1
    return [*fields[:last], shape.delimiter.join(fields[last:])]


def split(raw: str, delimiter: str) -> list[str]:
    """The fields of a record.

    Raises:
        csv.Error: a field is longer than the csv module takes.
    """
    state, at = quoting(raw, delimiter) if '"' in raw else ("", 0)
    if state != OPEN:
        return _parse(raw, delimiter)
    # A quote that never closes would take the commas after it along: it is part of the text.
    before = _parse(raw[: at - 1], delimiter) if at else []
    return before + raw[at:].split(delimiter)


def _parse(raw: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(raw), delimiter=delimiter), [""])
