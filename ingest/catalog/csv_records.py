"""Records of a CSV file, as bytes: its lines, joined where a quoted field goes on in the next one."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import CatalogError

MAX_RECORD = 1_048_576
"""Bytes; what is longer is cut to this length or over it, for the reader to reject."""

CLOSED, OPEN, MALFORMED = "closed", "open", "malformed"

_MAX_JOINED = 100
_TELLING_WIDTH = 4
_BLOCK = 2**20
_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = b"\xef\xbb\xbf"


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, without line ends and byte order mark.

    Not Python's universal newlines: a row that is not UTF-8 must not take its neighbours along.

    Raises:
        CatalogError: the file cannot be read.
    """
    number = 0
    rest = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                # A line end of two bytes must not be cut in half.
                block += file.read(1) if block.endswith(b"\r") else b""
                *whole, rest = _LINE_END.split(rest + block)
                # What is longer than any record may be is rejected for it: the surplus need not be kept.
                rest = rest[:MAX_RECORD]
                for line in whole:
                    number += 1
                    yield number, line.removeprefix(_MARK) if number == 1 else line
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
    if rest:
        yield number + 1, rest.removeprefix(_MARK) if number == 0 else rest


def records(numbered: Iterator[tuple[int, bytes]], width: int) -> Iterator[tuple[int, bytes]]:
    """Records with the number of their first line.

    Lines are joined only when a field was opened by a quote, is closed properly within a hundred lines, and
    `width` fields come out: a quote that never closes, or a mark for inches, must not swallow other rows.
    """
    waiting: deque[tuple[int, bytes]] = deque()
    while True:
        line = waiting.popleft() if waiting else next(numbered, None)
        if line is None:
            return
        number, raw = line
        if b'"' in raw and quoting(raw)[0] == OPEN:
            more = _continuation(raw, waiting, numbered, width)
            raw = b"\n".join([raw, *(waiting.popleft()[1] for _ in range(more))])
        yield number, raw


def _continuation(
    first: bytes, waiting: deque[tuple[int, bytes]], numbered: Iterator[tuple[int, bytes]], width: int
) -> int:
    """How many of the lines after `first` belong to its record; looks ahead into `waiting`."""
    joined = bytearray(first)
    for at in range(_MAX_JOINED):
        if at == len(waiting):
            following = next(numbered, None)
            if following is None:
                return 0
            waiting.append(following)
        line = waiting[at][1]
        joined += b"\n" + line
        if len(joined) >= MAX_RECORD:
            return 0
        if b'"' not in line:
            continue
        state, fields = quoting(bytes(joined))
        if state != OPEN:
            parts = [first, *(waiting[index][1] for index in range(at + 1))]
            return at + 1 if state == CLOSED and fields == width and not _rows_themselves(parts, width) else 0
    return 0


def _rows_themselves(parts: Iterable[bytes], width: int) -> bool:
    # A forgotten quote can meet a later mark for inches and look well-formed. Text with this many commas in each of
    # its lines is rarer than that; in a narrow table it is not.
    return width >= _TELLING_WIDTH and all(part.count(b",") >= width - 1 for part in parts)


def quoting(record: bytes) -> tuple[str, int]:
    """Whether the quotes of a record match up.

    Returns:
        `CLOSED` and the number of fields; or `OPEN` and the place of the quote that does not close; or
        `MALFORMED` and 0. A quote inside of an unquoted field is text.
    """
    at = fields = 0
    while True:
        fields += 1
        if record[at : at + 1] == b'"':
            opened = at
            at = record.find(b'"', at + 1)
            while at >= 0 and record[at + 1 : at + 2] == b'"':
                at = record.find(b'"', at + 2)
            if at < 0:
                return OPEN, opened
            at += 1
            if at == len(record):
                return CLOSED, fields
            if record[at : at + 1] != b",":
                return MALFORMED, 0
        else:
            comma = record.find(b",", at)
            if record.find(b"\n", at, len(record) if comma < 0 else comma) >= 0:
                return MALFORMED, 0
            if comma < 0:
                return CLOSED, fields
            at = comma
        at += 1
