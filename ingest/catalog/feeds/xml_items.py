"""Items of an XML feed, one at a time, read from strangers' files by a parser that allows only what feeds need.

Document types are refused, and with them entities and external files: neither RSS nor Atom has use for one. Depth, the
length of a tag, of a text and of an item are bounded; memory holds one item, however long the feed is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from .rows import Raw

ITEMS = frozenset({"item", "entry"})
"""The elements that are products, in RSS and in Atom."""

GOOGLE = ("http://base.google.com/ns/1.0", "http://base.google.com/cns/1.0")
"""The specification's namespace, and the one of custom attributes."""

MAX_DEPTH = 32
MAX_TAG = 1_048_576
"""Bytes of one tag with its attributes, or of one comment."""

MAX_TEXT = 32_768
MAX_ITEM = 1_048_576
"""Characters of one item, in values and in their names."""

MAX_VALUES = 2_000
"""Values of one item."""

_LINKS = frozenset({"link"})


class RefusedError(Exception):
    """The document is not read any further; says why, without the place."""


@dataclass(slots=True)
class Item:
    """One product of a feed, at the line where it starts.

    Attributes:
        google: values from Google's namespaces; a repeated one is a list, one of several parts a dictionary.
        plain: those of RSS and Atom themselves.
    """

    line: int
    google: dict[str, Raw] = field(default_factory=dict)
    plain: dict[str, Raw] = field(default_factory=dict)
    problem: str = ""

    @property
    def values(self) -> dict[str, Raw]:
        """All; Google's are the more telling."""
        return self.plain | self.google


def items(blocks: Iterable[bytes]) -> Iterator[Item]:
    """The items of a document.

    Raises:
        RefusedError: a document type, too deep, too long.
        expat.ExpatError: not well-formed, or it ends early.
    """
    reader = _Reader()
    fed = 0
    for block in blocks:
        try:
            reader.parser.Parse(block, False)
        except (RefusedError, expat.ExpatError):
            yield from reader.take()  # what ended before the fault
            raise
        yield from reader.take()
        fed += len(block)
        if fed - max(reader.parser.CurrentByteIndex, 0) > MAX_TAG + len(block):
            raise RefusedError(f"a tag is longer than {MAX_TAG:,} bytes")
    reader.parser.Parse(b"", True)


class _Reader:
    """Collects items from the parser's events."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.EntityDeclHandler = _refuse_doctype
        self.parser.ExternalEntityRefHandler = _refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._depth = self._item_depth = self._count = self._size = 0
        self._item: Item | None = None
        self._done: list[Item] = []
        self._parts: list[str] = []
        self._length = 0
        self._inner: dict[str, Raw] = {}

    def take(self) -> list[Item]:
        """The items that ended since the last time."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RefusedError(f"its elements are nested more than {MAX_DEPTH} deep")
        space, local = _split(name)
        if self._item is None:
            if local in ITEMS:
                self._item = Item(self.parser.CurrentLineNumber)
                self._item_depth, self._count, self._size = self._depth, 0, 0
            return
        self._parts.clear()
        self._length = 0
        if self._depth == self._item_depth + 1:
            self._inner = {}
            # Atom's link is an attribute; of several the one to the product's page has no other relation.
            if local in _LINKS and space not in GOOGLE and attributes.get("rel", "alternate") == "alternate":
                self._text(attributes.get("href", ""))

    def _text(self, data: str) -> None:
        if self._item is None or not data:
            return
        self._parts.append(data[: max(MAX_TEXT - self._length, 0)])
        self._length += len(data)
        if self._length > MAX_TEXT and not self._item.problem:
            self._item.problem = f"a value has more than {MAX_TEXT:,} characters"

    def _end(self, name: str) -> None:
        self._depth -= 1
        item = self._item
        if item is None:
            return
        level = self._depth - self._item_depth
        space, local = _split(name)
        if level < 0:
            self._done.append(item)
            self._item = None
            return
        value = "".join(self._parts).strip()
        self._parts.clear()
        self._length = 0
        self._count += 1
        self._size += len(local) + len(value)
        if self._count > MAX_VALUES or self._size > MAX_ITEM:
            item.problem = item.problem or f"it has more than {MAX_VALUES:,} values or {MAX_ITEM:,} characters"
        elif level == 0:
            _add(item.google if space in GOOGLE else item.plain, local, dict(self._inner) or value)
        elif level == 1 and value:
            _add(self._inner, local, value)


def _split(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return space.strip().rstrip("/").replace("https://", "http://"), local


def _add(values: dict[str, Raw], name: str, value: Raw) -> None:
    if not value:
        return
    there = values.get(name)
    if there is None:
        values[name] = value
    elif isinstance(there, list):
        there.append(value)
    else:
        values[name] = [there, value]


def _refuse_doctype(*_: object) -> NoReturn:
    raise RefusedError("it has a document type or entities, which feeds do not need and which are not read")
