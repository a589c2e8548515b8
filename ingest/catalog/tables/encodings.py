"""Which encoding a text is in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import CatalogError
from .streams import byte_blocks, first_bytes

_HEAD = 4096
_ENOUGH = 5_000
"""Lines beyond ASCII that settle the matter."""

_SAMPLE = 65_536
_FEW = 4
_MOSTLY = 4
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
# cp1252 shows letters of Polish and Czech as signs inside of words, and some of Turkish as Icelandic ones.
_MISREAD = re.compile("[^\\W\\d_][\xa1-\xb6\xb8\xb9\xbb-\xbf\xd7\xf7][^\\W\\d_]|[ðýþÐÝÞ]")
_STRANGE = 0.02
_CHAOS, _COHERENCE = 0.2, 0.2
_OTHERS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254"]


def check_encoding(name: str) -> str:
    """The codec's own name of an encoding that the user gave.

    Raises:
        CatalogError: it is unknown, or no encoding of text.
    """
    try:
        text = "a,b".encode(name)
        found = codecs.lookup(name).name
        codecs.getincrementaldecoder(name)("strict").decode(text)
    except (LookupError, UnicodeError, ValueError, TypeError) as error:
        raise CatalogError(f"{name!r} is no known encoding. Give one such as utf-8, cp1252 or utf-16.") from error
    return "utf-8" if found in ("utf-8", "utf-8-sig", "ascii") else found


def recognise_encoding(path: Path) -> str:
    """`utf-8`, `utf-16-le`, `utf-16-be`, `cp1252` or another one of a byte a character.

    A text of which most is UTF-8 is UTF-8, and its other lines are broken.

    Raises:
        CatalogError: the file cannot be read.
    """
    head = first_bytes(path, _HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    return _wide(head) or _legacy(path, head) or "utf-8"


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of European text is zero."""
    zeros = [head[place::2].count(0) / max(1, len(head[place::2])) for place in (0, 1)]
    if max(zeros) < 0.5 or min(zeros) > 0.05:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _legacy(path: Path, head: bytes) -> str | None:
    """An encoding of a byte a character, if the lines that are not ASCII are mostly no UTF-8 either."""
    good = 0
    broken: list[bytes] = []
    for line in _lines_beyond_ascii(path):
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            broken.append(line)
        if good + len(broken) == _ENOUGH:
            break
    if not broken or good * _MOSTLY >= len(broken):
        return None
    first = re.split(rb"[\r\n]", head, maxsplit=1)[0]
    # A few broken lines are no proof, unless the file comes from Windows by its looks.
    from_windows = b"\r\n" in head or b";" in first or not first.isascii()
    if len(broken) < _FEW and not from_windows:
        return None
    return _by_its_letters(b"\n".join(broken)[:_SAMPLE])


def _lines_beyond_ascii(path: Path) -> Iterator[bytes]:
    rest = b""
    for block in byte_blocks(path):
        if block.isascii() and rest.isascii():
            # The line that goes on in the next block may be cut where it is of no interest.
            rest = b""
            continue
        *whole, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
        rest = rest[:_SAMPLE]
        yield from (line for line in whole if not line.isascii())
    if not rest.isascii():
        yield rest


def _by_its_letters(sample: bytes) -> str | None:
    """The encoding in which the sample reads like words; None if there is none."""
    if _CONTROL.search(sample):
        return None
    text = sample.decode("cp1252", "replace")
    letters = [sign for sign in text if sign.isalpha()]
    foreign = sum(sign > "\x7f" for sign in letters)
    strange = text.count("\ufffd") + len(_MISREAD.findall(text))
    if foreign <= len(letters) / 2 and strange <= foreign * _STRANGE:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OTHERS, enable_fallback=False).best()
    return best.encoding if best is not None and best.chaos < _CHAOS and best.coherence > _COHERENCE else None
