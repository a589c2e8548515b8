"""How one and the same file may be written: in a table, on another system's disk, in an address."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif"),
    *(".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"),
)
"""Of pictures, best first; on disk in any case."""

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")


def scheme_of(value: str) -> str:
    """The scheme of an address in lower case; empty for the name of a file."""
    found = _SCHEME.match(value)
    return found[1].lower() if found else ""


def spellings(name: str) -> list[str]:
    """The names that a cell may mean, the most literal first: spaces around it, `%20`, and backslashes."""
    found = dict.fromkeys((name, name.strip()))
    found |= dict.fromkeys([each.replace("\\", "/") for each in found])
    if "%" in name:
        # Bytes that are no UTF-8 stay as they are: a file of that name may well exist.
        found |= dict.fromkeys([unquote(each, errors="surrogateescape") for each in found])
    return list(found)


def folded(name: str) -> str:
    """One key for names that differ only in the case of their suffix, or in Unicode normal form."""
    stem, dot, suffix = name.rpartition(".")
    return unicodedata.normalize("NFC", f"{stem}{dot}{suffix.lower()}" if stem else name)


def split_suffix(name: str) -> tuple[str, str]:
    """A picture's name without its suffix, and the suffix as it is written; no suffix where it is none of a picture."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and f".{suffix.lower()}" in SUFFIXES else (name, "")


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """A key to sort by in which 2 comes before 10."""
    # Text and numbers alternate, beginning with text: only like is compared with like.
    parts = _DIGITS.split(name)
    return tuple(int(part) if at % 2 and len(part) < 19 else part for at, part in enumerate(parts)), name
