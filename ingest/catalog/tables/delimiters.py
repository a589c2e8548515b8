"""Which character stands between the columns of a text table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .quoting import CLOSED, Shape, continuation, quoting

DELIMITERS = (",", ";", "\t", "|")
NAMES = {"\t": "tabs", "|": "'|'", ";": "';'", ",": "commas"}

_SAMPLE = 200
_WIDER = 0.5


def recognise_delimiter(lines: Sequence[str]) -> str | None:
    """The delimiter of a table whose header is the first of `lines`; None if it has one column.

    It divides the header, and most records into as many fields. Where two do, as in `price in EUR, net;colour`, the
    one of more columns is right.
    """
    best, delimiter = (0.0, 0), None
    for each in DELIMITERS:
        width = header_width(lines, each)
        if width > 1 and (score := (_agreement(lines, each, width), width)) > best:
            best, delimiter = score, each
    return delimiter


def looks_like_a_table(lines: Sequence[str], delimiter: str | None) -> bool:
    """Whether a file of an unknown kind may be taken for a table of several columns."""
    if delimiter is None or any(not (sign.isprintable() or sign.isspace()) for line in lines for sign in line):
        return False
    return _agreement(lines, delimiter, header_width(lines, delimiter)) > _WIDER


def header_width(lines: Sequence[str], delimiter: str) -> int:
    """Number of fields of the first record."""
    more = continuation(lines, 0, Shape(delimiter, 0, 0), final=True) or 0
    header = "\n".join(lines[: more + 1])
    state, fields = quoting(header, delimiter)
    return fields if state == CLOSED else header.count(delimiter) + 1


def _agreement(lines: Sequence[str], delimiter: str, width: int) -> float:
    """The share of records, in tenths, that have the header's number of fields; wider ones count half."""
    counts = [1.0 if count == width else _WIDER for count in _widths(lines, delimiter, width) if count >= width]
    records = sum(1 for _ in _widths(lines, delimiter, width))
    return round(sum(counts) / records, 1) if records else 0.0


def _widths(lines: Sequence[str], delimiter: str, width: int) -> Iterator[int]:
    """The number of fields of the records that follow the header; 0 of one with wrong quotes."""
    shape = Shape(delimiter, width, width)
    at = 1 + (continuation(lines, 0, Shape(delimiter, 0, 0), final=True) or 0)
    for _ in range(_SAMPLE):
        if at >= len(lines):
            return
        more = continuation(lines, at, shape, final=True) or 0
        record = "\n".join(lines[at : at + more + 1])
        at += more + 1
        if record.strip():
            state, fields = quoting(record, delimiter)
            yield fields if state == CLOSED else 0
