"""Words that stand for no value, and whole numbers that were written as floats."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

NOTHING: frozenset[str] = frozenset(
    {
        # Python's and numpy's missing numbers, in the three spellings that programs write. `Nan` is a name.
        "nan",
        "NaN",
        "NAN",
        "NaT",  # pandas' missing date
        "<NA>",  # pandas' missing value of any type
        # What `str()` makes of a missing value. That a pattern is None says what its absence says; the word that
        # people write, `none`, stays a value (a closure: none), and so does any other spelling.
        "None",
        # Databases. `Null` is a family name.
        "NULL",
        "null",
        # Spreadsheets, and people who fill them.
        "#N/A",
        "N/A",
        "n/a",
        # A lone dash, short or long: nobody can look for it.
        "-",
        "–",  # noqa: RUF001 - the dash itself
        "—",
        # Not `NA`: the public data's word for a colour or use that does not apply, and Namibia's code.
    }
)
"""The words that mean nothing unless told otherwise; spelling and case count."""

_FLOAT = re.compile(r"(0|[1-9]\d*)\.0", re.ASCII)
_EXACT = 2**53
"""Beyond it a float cannot tell neighbouring whole numbers apart."""


def is_nothing(value: object, words: Collection[str] = NOTHING) -> bool:
    """Whether a cell has no value: missing, not a number, empty, or one of the words.

    The rule is one for CSV and Parquet: what a typed table marks as missing, and what any table says in words.
    Words count as a cell's whole text without surrounding space. Numbers, booleans and lists of anything are values.
    """
    if isinstance(value, str):
        text = value.strip()
        return not text or text in words
    # Not a number is what differs from itself; so does pandas' missing date.
    return value is None or bool(value != value)


def nothing_words(more: Iterable[str] = ()) -> frozenset[str]:
    """The default words and `more`, as `--null WORD` gives them."""
    return NOTHING | {word.strip() for word in more}


def whole_numbers(texts: Iterable[str]) -> bool:
    """Whether all texts that are not empty are whole numbers written as floats (`15970.0`), and there is one.

    Such a column was turned into floats by a gap in it. One text without its `.0`, with leading zeros, or too large
    for a float to be exact, and the column is what it says.
    """
    found = False
    for text in texts:
        if text := text.strip():
            match = _FLOAT.fullmatch(text)
            if not match or int(match[1]) >= _EXACT:
                return False
            found = True
    return found


def without_point(text: str) -> str:
    """`15970.0` as `15970`; for columns of `whole_numbers` alone."""
    return text.strip().removesuffix(".0")
