"""The boxes of AVIF and HEIC files, as far as they say which picture is shown and where its coded data are."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import ImageError

MAX_ITEMS = 10_000
"""Most items and boxes in a row; a photograph of a phone has some fifty."""

_READ = {0: "", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class Box:
    """One box, whose content is `data[start:end]`."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, its kind (of four letters), and where that stands in the file."""

    number: int
    kind: bytes
    at: int


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Boxes in a part of a file, up to the first that does not fit.

    Raises:
        ImageError: `bomb`, over `MAX_ITEMS`.
    """
    for _ in range(MAX_ITEMS):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= end:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        stop = end if size == 0 else start + size
        if (size and size < head) or stop > end:
            return
        yield Box(kind, start + head, stop)
        start = stop
    raise ImageError("bomb", f"the picture has over {MAX_ITEMS:,} boxes in a row")


def find(data: bytes, box: Box | None, *kinds: bytes, skip: int = 0) -> Box | None:
    """The first box of a kind in another one (None: in the file), and so on inwards."""
    for kind in kinds:
        start, end = (box.start + skip, box.end) if box else (0, len(data))
        box = next((each for each in boxes(data, start, end) if each.kind == kind), None)
        if box is None:
            return None
        skip = 0
    return box


def items(data: bytes, meta: Box) -> list[Item]:
    """Items that the box `iinf` lists.

    Raises:
        ImageError: `bomb`, over `MAX_ITEMS`.
        struct.error: a box is cut.
    """
    listed = find(data, meta, b"iinf", skip=4)
    if listed is None:
        return []
    found = []
    for box in boxes(data, listed.start + (6 if data[listed.start] == 0 else 8), listed.end):
        version = data[box.start] if box.start < box.end else 0
        if box.kind == b"infe" and version >= 2:
            wide = version >= 3
            (number,) = struct.unpack_from(">I" if wide else ">H", data, box.start + 4)
            at = box.start + (10 if wide else 8)
            found.append(Item(number, data[at : at + 4], at))
    return found


def extents(data: bytes, meta: Box) -> dict[int, list[tuple[int, int]]]:
    """Where the content of each item is, as begins and ends in the file, after the box `iloc`.

    Raises:
        ImageError: `bomb`, over `MAX_ITEMS`.
        struct.error, KeyError: the box is cut, or uses what no picture needs.
    """
    located = find(data, meta, b"iloc", skip=4)
    inline = find(data, meta, b"idat", skip=4)
    if located is None:
        return {}
    version, sizes = data[located.start], int.from_bytes(data[located.start + 4 : located.start + 6], "big")
    offset, length, base, index = (_READ[sizes >> shift & 15] for shift in (12, 8, 4, 0))
    wide = version >= 2
    (count,) = struct.unpack_from(">I" if wide else ">H", data, located.start + 6)
    at = located.start + (10 if wide else 8)
    head = struct.Struct(">" + ("I" if wide else "H") + ("H" if version else "") + "H" + base + "H")
    extent = struct.Struct(">" + (index if version else "") + offset + length)
    found: dict[int, list[tuple[int, int]]] = {}
    total = 0
    for _ in range(count):
        number, *values, parts = head.unpack_from(data, at)
        at += head.size
        total += 1 + parts
        if total > MAX_ITEMS:
            raise ImageError("bomb", f"the picture has over {MAX_ITEMS:,} items or parts of them")
        method = values[0] & 15 if version else 0
        start = values[-1] if base else 0
        start += inline.start if method == 1 and inline else 0
        found[number] = []
        for _ in range(parts):
            part = extent.unpack_from(data, at)
            at += extent.size
            first = start + (part[-2 if length else -1] if offset else 0)
            found[number].append((first, min(first + part[-1], len(data)) if length and part[-1] else len(data)))
    return found
