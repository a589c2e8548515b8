"""The first directory of a TIFF, which is also what an EXIF block consists of, read without trusting any entry.

Pillow reads every tag of every kind, and gives up the picture over one that is odd. The pixels need few of them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..errors import ImageError
from .bare import MAX_PROFILE, Bare

MAX_PARTS = 100_000
"""Most strips or tiles; Pillow makes an object of a few hundred bytes for each that is claimed."""

ORIENTATION, PROFILE, XMP = 274, 34675, 700
_STRIPS, _TILES = 273, 324
# Size, depth, colours and compression; strips and tiles with their tables; the CCITT, JPEG, YCbCr and LERC parameters.
_PIXELS = frozenset(
    (
        *(*range(254, 260), 262, 266, _STRIPS, 277, *range(278, 281), 284, 292, 293, 317, 320, *range(322, 326)),
        *(332, 333, 334, 336, *range(338, 342), 347, *range(512, 522), 529, 530, 531, 532, 50674),
    )
)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q", 17: "q"}


@dataclass(frozen=True, slots=True)
class Directory:
    """Entries of one directory.

    Attributes:
        data: the block that it is in, from the byte order mark on.
        order: `<` or `>`.
        big: whether numbers are those of BigTIFF.
        at: where the directory begins.
        entries: as they stand, 12 or 20 bytes each.
    """

    data: bytes
    order: str
    big: bool
    at: int
    entries: tuple[bytes, ...]

    @classmethod
    def first(cls, data: bytes) -> Directory | None:
        """Of a block that begins with a byte order mark; entries behind its end are missing. None if it is broken."""
        order = {b"II": "<", b"MM": ">"}.get(data[:2])
        if order is None or len(data) < 8:
            return None
        big = 43 in data[2:4]
        try:
            (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
            (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        except (struct.error, OverflowError):
            return None
        first, size = at + (8 if big else 2), 20 if big else 12
        count = min(count, (len(data) - first) // size, 65_535)
        entries = tuple(data[first + size * i : first + size * (i + 1)] for i in range(count))
        return cls(data, order, big, at, entries)

    def tag(self, entry: bytes) -> int:
        """Number of an entry's tag."""
        return int(struct.unpack_from(self.order + "H", entry)[0])

    def kind_and_count(self, entry: bytes) -> tuple[int, int]:
        """Type of an entry's values, and how many there are said to be."""
        kind, count = struct.unpack_from(self.order + ("HQ" if self.big else "HI"), entry, 2)
        return kind, count

    def integer(self, tag: int) -> int | None:
        """The value of a tag that has exactly one; None if it is missing or no whole number."""
        for entry in self.entries:
            kind, count = self.kind_and_count(entry)
            if self.tag(entry) == tag and kind in _INTEGERS and count == 1 and (self.big or _SIZES[kind] <= 4):
                return int(struct.unpack_from(self.order + _INTEGERS[kind], entry, 12 if self.big else 8)[0])
        return None

    def block(self, tag: int, *, at_most: int) -> bytes:
        """The bytes of a tag; empty if it is missing, larger, or not in the file."""
        for entry in self.entries:
            if self.tag(entry) == tag:
                kind, count = self.kind_and_count(entry)
                size = _SIZES.get(kind, 0) * count
                if not 8 < size <= at_most:
                    return b""
                (at,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), entry, 12 if self.big else 8)
                return self.data[at : at + size]
        return b""


def strip_tiff(data: bytes) -> Bare:
    """One page of a TIFF, with the tags that its pixels need.

    Raises:
        ImageError: `bomb`, more strips or tiles than a picture has.
    """
    directory = Directory.first(data)
    if directory is None:
        return Bare(data)
    kept = [entry for entry in directory.entries if directory.tag(entry) in _PIXELS]
    for entry in kept:
        count = directory.kind_and_count(entry)[1]
        if directory.tag(entry) in (_STRIPS, _TILES) and count > MAX_PARTS:
            raise ImageError("bomb", f"the picture claims {count:,} strips or tiles, more than {MAX_PARTS:,}")
    turned = directory.integer(ORIENTATION)
    # An EXIF block that says nothing but how the picture is turned.
    exif = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, ORIENTATION, 3, 1, turned, 0) if turned in range(9) else b""
    return Bare(
        _with_directory(data, directory, kept),
        exif,
        directory.block(XMP, at_most=len(data)),
        directory.block(PROFILE, at_most=MAX_PROFILE),
    )


def _with_directory(data: bytes, directory: Directory, entries: list[bytes]) -> bytes:
    """The file with fewer entries in its first directory, which is the last one.

    They stand where they stood: bytes behind the end of a file that was cut would be taken for its pixels.
    """
    order, big = directory.order, directory.big
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    at = directory.at
    written = b"".join((count, *entries, bytes(8 if big else 4)))
    return data[:at] + written + data[at + len(written) :] if at + len(written) <= len(data) else data
