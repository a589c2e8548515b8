"""An RSS or Atom feed as a table."""

from __future__ import annotations

import functools
import gzip
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from xml.parsers import expat

from ...errors import CatalogError
from .rows import Row, Table, kept
from .xml_items import RefusedError, items

MAX_BYTES = 32 * 2**30
"""Of a feed, unpacked: a small file can unpack to any size."""

MAX_COLUMNS = 2_000

_BLOCK = 65_536
_GZIP = b"\x1f\x8b"


def open_xml_feed(path: Path) -> Table:
    """Open a product feed in RSS 2.0 or Atom, `.xml` or packed as `.xml.gz`.

    It is read once to find all its columns and whether it is whole, and again for each pass over its rows.

    Raises:
        CatalogError: it cannot be read, is not well-formed, has a document type, or has no items.
    """
    columns: dict[str, None] = {}
    empty = True
    for row in _rows(path, None):
        columns |= dict.fromkeys(row.fields)
        if len(columns) > MAX_COLUMNS:
            raise CatalogError(f"{path} names its values in more than {MAX_COLUMNS:,} ways; a feed has some dozens.")
        empty = False
    if empty:
        raise CatalogError(f"{path} has no products: an RSS feed has <item> elements, an Atom feed <entry> elements.")
    return Table(path, list(columns), "XML feed", functools.partial(_rows, path))


def _rows(path: Path, keep: Collection[str] | None) -> Iterator[Row]:
    found = None
    try:
        for found in items(_blocks(path)):
            reason = "too-long" if found.problem else ""
            yield Row(found.line, kept(found.values, keep), reason, found.problem)
    except (RefusedError, expat.ExpatError, LookupError, ValueError) as error:
        after = f" after the product at line {found.line}" if found else ""
        raise CatalogError(f"{path} cannot be read as an XML feed{after}: {error}.") from error


def _blocks(path: Path) -> Iterator[bytes]:
    size = 0
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            with gzip.open(file) if packed else file as content:
                while block := content.read(_BLOCK):
                    size += len(block)
                    if size > MAX_BYTES:
                        raise CatalogError(f"{path} has more than {MAX_BYTES:,} bytes; split the feed.")
                    yield block
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CatalogError(f"{path} is damaged or cut off ({error}).") from error
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror or error}.") from error
