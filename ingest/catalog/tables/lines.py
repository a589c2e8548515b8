"""Text in blocks of whole lines, in which what could not be decoded stays visible."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ...errors import CatalogError
from .streams import byte_blocks

MAX_RECORD = 1_048_576
"""Characters of a line; what is longer is cut to this length or over it, for the reader to reject."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK = "likewise-undecodable"
# UTF-8 tells which byte it was; elsewhere all that matters is that the row cannot pass for a good one.
codecs.register_error(_MARK, lambda error: ("\udcff", error.end))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with a `\\n` at its end, and the number of the first."""

    line: int
    text: str


def text_chunks(path: Path, encoding: str) -> Iterator[str]:
    """The text without byte order mark, its line ends all `\\n`; bytes that are not in `encoding` are lone surrogates.

    Raises:
        CatalogError: the file cannot be read.
    """
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else _MARK)
    begun, held = False, ""
    for data in chain(byte_blocks(path), [None]):
        try:
            text = held + decoder.decode(data or b"", final=data is None)
        except ValueError as error:
            raise CatalogError(f"{path} cannot be read as {encoding} ({error}).") from error
        # A line end of two characters must not be cut in half.
        held = "\r" if text.endswith("\r") and data is not None else ""
        text = text[:-1] if held else text
        if text and not begun:
            text, begun = text.removeprefix("\ufeff"), True
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text:
            yield text


def text_blocks(path: Path, encoding: str, longest: int = MAX_RECORD) -> Iterator[Block]:
    """The text in whole lines.

    Raises:
        CatalogError: the file cannot be read.
    """
    number, rest = 1, ""
    for text in text_chunks(path, encoding):
        whole, end, tail = text.rpartition("\n")
        if end:
            yield Block(number, rest + whole + end)
            number += whole.count("\n") + 1
        # What is longer than any record may be is rejected for it: the surplus need not be kept.
        rest = (tail if end else rest + tail)[:longest]
    if rest:
        yield Block(number, rest + "\n")


def numbered_lines(path: Path, encoding: str, longest: int) -> Iterator[tuple[int, str]]:
    """Every line with its number.

    Raises:
        CatalogError: the file cannot be read.
    """
    for block in text_blocks(path, encoding, longest):
        yield from enumerate(block.text[:-1].split("\n"), block.line)


def is_clean(text: str) -> bool:
    """Whether all of it was decoded, and is text."""
    if "\0" in text:
        return False
    try:
        text.isascii() or text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def damage(text: str, encoding: str = "utf-8") -> str:
    """What is wrong with a text that is not clean; empty for a clean one."""
    found = None if text.isascii() else _SURROGATE.search(text)
    if found is None:
        return "it contains a NUL character" if "\0" in text else ""
    byte = ord(found[0]) - 0xDC00
    if encoding != "utf-8" or not 0x80 <= byte <= 0xFF:
        return f"character {found.start() + 1} is not {encoding}"
    place = len(text[: found.start()].encode("utf-8")) + 1
    return f"byte {place} is not UTF-8 ({bytes([byte])!r})"
