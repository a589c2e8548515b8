"""Tables of delimited text: CSV in all the ways in which spreadsheets and shops write it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from ...errors import CatalogError
from .delimiters import NAMES, recognise_delimiter
from .encodings import check_encoding, recognise_encoding
from .lines import Block, damage, text_blocks
from .quoting import Shape, continuation
from .records import Layout, read_rows, split
from .rows import Row, Table, TableOptions, empty_columns, name_columns
from .streams import packed

_SAMPLE_LINES = 1_000
_SAMPLE_SIZE = 2**18
_SEPARATOR = re.compile(r'"?sep=(.)"?\1*', re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""

_SHOWN = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Start:
    """How a text begins: the lines of its sample from the header on, and what was recognised by them."""

    encoding: str
    delimiter: str | None
    lines: Sequence[str]
    before: int


def open_delimited(path: Path, options: TableOptions) -> Table:
    """Open a text table.

    Raises:
        CatalogError: empty, without a readable header, with a column twice, or unreadable.
    """
    start = recognise_text(path, options)
    # A comma in a table of one column is text, which a record's last column takes as it is.
    delimiter = start.delimiter or ","
    more = continuation(start.lines, 0, Shape(delimiter, 0, 0), final=True) or 0
    header = "\n".join(start.lines[: more + 1])
    named, invented = name_columns(path, _header(path, header, delimiter, start.encoding))
    width = len(named) if start.delimiter else 1
    fewest = max(at for at, name in named.items() if name not in invented) + 1
    layout = Layout(Shape(delimiter, fewest, width), start.encoding, named)
    skipped = start.before + more + 1
    if invented:
        suspects = {at: name for at, name in named.items() if name in invented}
        empty = empty_columns(_rows(path, replace(layout, columns=suspects), skipped), invented)
        named = {at: name for at, name in named.items() if name not in empty}
        layout = replace(layout, shape=Shape(delimiter, max(named) + 1, width), columns=named)

    def reading(keep: Sequence[str]) -> Iterator[Row]:
        wanted = {at: name for at, name in named.items() if name in keep}
        return _rows(path, replace(layout, columns=wanted), skipped)

    return Table(path, list(named.values()), _sentence(path, start, len(named)), reading)


def recognise_text(path: Path, options: TableOptions) -> Start:
    """What delimiter and encoding a text has, unless the options say so.

    Raises:
        CatalogError: empty, unreadable, or an option that cannot be.
    """
    encoding = check_encoding(options.encoding) if options.encoding else recognise_encoding(path)
    first = next(text_blocks(path, encoding), Block(1, "\n"))
    lines = _sample(first.text)
    before = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if before == len(lines):
        raise CatalogError(f"{path} is empty; the first line must name the columns.")
    told = _SEPARATOR.fullmatch(lines[before].strip(" "))
    if told and before + 1 < len(lines):
        return Start(encoding, _option(options.delimiter) or told[1], lines[before + 1 :], before + 1)
    lines = lines[before:]
    return Start(encoding, _option(options.delimiter) or recognise_delimiter(lines), lines, before)


def _sample(text: str) -> list[str]:
    lines = text.split("\n", _SAMPLE_LINES)[:-1]
    sizes = accumulate(map(len, lines))
    # However long it is, the header is no sample.
    return [line for at, (line, size) in enumerate(zip(lines, sizes, strict=True)) if size < _SAMPLE_SIZE or at < 2]


def _option(delimiter: str | None) -> str | None:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise CatalogError(f"A delimiter is one character, such as ; or tab; received {delimiter!r}.")
    return delimiter


def _header(path: Path, raw: str, delimiter: str, encoding: str) -> list[str]:
    try:
        cells, problem = split(raw, delimiter), damage(raw, encoding)
    except csv.Error as error:
        cells, problem = [], str(error)
    if problem:
        raise CatalogError(f"The header of {path} cannot be read: {problem}.")
    return [_unquoted(cell.strip()) for cell in cells]


def _unquoted(name: str) -> str:
    # A space before the quote makes it a part of the text, which nobody means in a name.
    return name[1:-1].replace('""', '"') if len(name) > 1 and name[0] == name[-1] == '"' else name


def _rows(path: Path, layout: Layout, skipped: int) -> Iterator[Row]:
    return read_rows(_body(path, layout.encoding, skipped), layout)


def _body(path: Path, encoding: str, skipped: int) -> Iterator[Block]:
    """The blocks without the lines up to and with the header."""
    for block in text_blocks(path, encoding):
        if block.line > 1:
            yield block
        elif rest := block.text.split("\n", skipped)[skipped:][0]:
            yield Block(1 + skipped, rest)


def _sentence(path: Path, start: Start, columns: int) -> str:
    name = "packed CSV" if packed(path) else "CSV"
    encoding = _SHOWN.get(start.encoding, start.encoding)
    if start.delimiter is None:
        return f"{name}, {encoding}, 1 column"
    return f"{name}, {NAMES.get(start.delimiter, repr(start.delimiter))} between columns, {encoding}, {columns} columns"
