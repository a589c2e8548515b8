"""Cells of feeds: texts, lists in one cell, paths of categories, descriptions with markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from .rows import Raw


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_ADDRESSES = re.compile(r',\s+|,(?="?https?://)', re.IGNORECASE)
_ESCAPED = re.compile(r"(?<!\\),")
_BLOCKS = words("p br div li ul ol tr td th table h1 h2 h3 h4 h5 h6 section article")
_SILENT = frozenset({"script", "style"})
_TAGS = re.compile(r"(</?[A-Za-z][^<>]*>)")
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)[^<>]*>")
YES, NO = frozenset({"1", "true", "yes"}), frozenset({"0", "-1", "false", "no"})

COLOURS = words("colour color farbe couleur kleur colore kolor cor")
SIZES = words("size größe groesse taille maat talla taglia rozmiar tamanho")
GENDERS = words("gender geschlecht genre geslacht género genere płeć")
MATERIALS = words("material matière materiaal materiale materiał")


def text(value: Raw) -> str:
    """A cell as text, without space around it; a list's first element; whole floats without their point."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return text(value[0]) if value else ""
    if value is None or value != value or isinstance(value, dict):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def truth(value: Raw) -> bool | None:
    """A yes or a no; none for anything else."""
    word = text(value).lower()
    return True if word in YES else False if word in NO else None


def addresses(value: Raw) -> Iterator[str]:
    """The pictures of one cell: a list, or text with commas between them.

    A comma parts addresses when a space or another address follows; inside of one it stays, as image services have it.
    """
    if isinstance(value, list):
        for each in value:
            yield from addresses(each)
        return
    cell = text(value)
    parts = _ADDRESSES.split(cell) if "://" in cell else _ESCAPED.split(cell)
    for part in parts:
        if name := part.strip().strip('"').replace("\\,", ",").strip():
            yield name


def listed(value: Raw) -> list[str]:
    """The elements of a list in one cell, with commas between them; `\\,` is a comma of an element."""
    if isinstance(value, list):
        return distinct(text(each) for each in value)
    return distinct(part.replace("\\,", ",").strip() for part in _ESCAPED.split(text(value)))


def distinct(values: Iterable[str]) -> list[str]:
    """Those that are not empty, each once, in order."""
    return [value for value in dict.fromkeys(values) if value]


def levels(path: str) -> list[str]:
    """`A > B > C` in its parts."""
    return distinct(part.strip() for part in path.split(">"))


def one_or_all(values: list[str]) -> Raw:
    """The value itself when there is one."""
    return values[0] if len(values) == 1 else list(values)


def plain(markup: str) -> str:
    """A description in HTML as one line of text.

    In time linear in its length, whatever a stranger wrote: the standard library's parser needs ten seconds for
    `<a ` ten thousand times.
    """
    first, *commented = markup.split("<!--")
    markup = first + "".join(part.partition("-->")[2] for part in commented)
    found: list[str] = []
    silent = ""
    for piece in _TAGS.split(markup):
        if tag := _TAG.fullmatch(piece):
            closing, name = tag[1], tag[2].lower()
            if closing and name == silent:
                silent = ""
            elif not closing and not silent and name in _SILENT:
                silent = name
            found.append(" " if name in _BLOCKS else "")
        elif not silent:
            found.append(piece)
    return " ".join(unescape("".join(found)).split())
