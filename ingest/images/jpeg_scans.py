"""What decoding a JPEG takes, which its headers tell, and whether its scans are all there."""

from __future__ import annotations

import re
from math import ceil, prod
from typing import NamedTuple

from ..errors import ImageError
from .jpeg_segments import COMMENT, END, SCAN, Segment

MAX_PIXELS = 160_000_000
"""Most pixels of a JPEG, whatever the scale that it is decoded at: each is read, if not put out."""

MAX_COEFFICIENTS = 200_000_000
"""Most coefficients of a JPEG of several scans: decoders keep them in memory, two bytes for each, at any scale."""

MAX_PASSES = 75 * MAX_COEFFICIENTS // 2
"""Most coefficients times scans: each scan may be a few bytes that make the decoder pass over all of them."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE, _ARITHMETIC = (0xC2, 0xCA), range(0xC9, 0xD0)
_RESTARTS = 0xDD
# Tables, restarts, the number of lines, application segments and comments: what may stand between two scans.
_BETWEEN = frozenset((SCAN, COMMENT, 0xC4, 0xCC, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0)))
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


class Frame(NamedTuple):
    """Size and colour components of a picture: of each its id, and its samples across and down in a unit."""

    kind: int
    width: int
    height: int
    components: tuple[tuple[int, int, int], ...]

    @classmethod
    def read(cls, segment: Segment, data: bytes) -> Frame | None:
        """From its segment; None if that is broken."""
        body = data[segment.body : segment.end]
        parts = [body[at : at + 3] for at in range(6, len(body) - 2, 3)]
        if len(body) < 9 or not all(0 < part[1] >> 4 <= 4 and 0 < part[1] & 15 <= 4 for part in parts):
            return None
        components = tuple((part[0], part[1] >> 4, part[1] & 15) for part in parts)
        return cls(segment.kind, int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"), components)

    @property
    def units(self) -> tuple[int, int]:
        """Number of units (of one to ten blocks of 8 x 8 samples) across and down."""
        across, down = (8 * max(part[axis] for part in self.components) for axis in (1, 2))
        return ceil(self.width / across), ceil(self.height / down)

    @property
    def coefficients(self) -> int:
        """How many there are in all."""
        return prod(self.units) * sum(64 * across * down for _, across, down in self.components)

    def units_of(self, ids: tuple[int, ...]) -> int:
        """Number of units in a scan of some components; one alone has its blocks as units, without any padding."""
        alone = next((part for part in self.components if (part[0],) == ids), None)
        if alone is None or len(self.components) == 1:
            return prod(self.units) if alone is None else ceil(self.width / 8) * ceil(self.height / 8)
        widest, highest = (max(part[axis] for part in self.components) for axis in (1, 2))
        width, height = ceil(self.width * alone[1] / widest), ceil(self.height * alone[2] / highest)
        return ceil(width / 8) * ceil(height / 8)


class Scan(NamedTuple):
    """One scan's header: its components, the coefficients that it brings, and how many bits are still to come."""

    ids: tuple[int, ...]
    first: int
    last: int
    missing_bits: int
    restarts: int
    end: int

    @classmethod
    def read(cls, segment: Segment, data: bytes, restarts: int) -> Scan:
        """From its segment."""
        body = data[segment.body : segment.end]
        count = body[0] if body else 0
        spectrum = (body[1 + 2 * count :] + bytes(3))[:3]
        ids = tuple(body[1 : 1 + 2 * count : 2])
        return cls(ids, spectrum[0], spectrum[1], spectrum[2] & 15, restarts, segment.end)


class Scans(NamedTuple):
    """All scans of a JPEG.

    Attributes:
        frame: None if the file has none that can be read.
        scans: in their order.
        end: where the picture ends: at its end marker, or at what cannot belong to it, or at the end of the file.
        ended: whether there is an end marker.
    """

    frame: Frame | None
    scans: tuple[Scan, ...]
    end: int
    ended: bool

    @property
    def whole(self) -> bool:
        """Whether every coefficient of every component has come to its last bit, as far as the headers tell."""
        if self.frame is None:
            return False
        wanted = {(part[0], at) for part in self.frame.components for at in range(64)}
        progressive = self.frame.kind in _PROGRESSIVE
        for scan in self.scans:
            if not progressive:
                wanted -= {(each, at) for each in scan.ids for at in range(64)}
            elif scan.missing_bits == 0:
                wanted -= {(each, at) for each in scan.ids for at in range(scan.first, min(scan.last, 63) + 1)}
        return not wanted

    def last_is_restarted_throughout(self, data: bytes) -> bool:
        """Whether the last scan has all restart marks that it should have, if any."""
        last = self.scans[-1]
        if self.frame is None or not last.restarts:
            return True
        found = sum(1 for _ in _RESTART.finditer(data, last.end, self.end))
        return found >= ceil(self.frame.units_of(last.ids) / last.restarts) - 1

    @property
    def is_arithmetic(self) -> bool:
        """Whether it is coded in a way of which the end cannot be told."""
        return self.frame is not None and self.frame.kind in _ARITHMETIC


def read_scans(data: bytes, segments: list[Segment]) -> Scans:
    """Frame and scans of a JPEG's first picture, within bounds.

    Raises:
        ImageError: `bomb`, it would take too much time or memory.
    """
    frame: Frame | None = None
    scans: list[Scan] = []
    ends: list[int] = []
    restarts = 0
    for segment in segments:
        if len(ends) < len(scans):
            ends.append(segment.start)
        if segment.kind == END:
            return Scans(frame, tuple(scans), segment.start, ended=True)
        if scans and (segment.kind not in _BETWEEN or segment.end > len(data)):
            break
        if segment.kind in _FRAMES and frame is None:
            frame = Frame.read(segment, data)
        elif segment.kind == _RESTARTS:
            restarts = int.from_bytes(data[segment.body : segment.body + 2], "big")
        elif segment.kind == SCAN:
            scans.append(Scan.read(segment, data, restarts))
            _check(frame, scans)
    ends += [len(data)] * (len(scans) - len(ends))
    # What follows the scan that makes the picture whole is not part of it, even if it looks like another segment.
    parts = (Scans(frame, tuple(scans[: at + 1]), end, ended=False) for at, end in enumerate(ends))
    return next((part for part in parts if part.whole), Scans(frame, tuple(scans), len(data), ended=False))


def _check(frame: Frame | None, scans: list[Scan]) -> None:
    if frame is None:
        return
    if frame.width * frame.height > MAX_PIXELS:
        raise ImageError("bomb", f"the picture claims {frame.width} x {frame.height} pixels, more than {MAX_PIXELS:,}")
    if len(scans) == 1 and frame.kind not in _PROGRESSIVE and len(scans[0].ids) == len(frame.components):
        return
    if frame.coefficients > MAX_COEFFICIENTS or frame.coefficients * len(scans) > MAX_PASSES:
        size = f"{len(scans)} or more scans of {frame.width} x {frame.height} pixels in {len(frame.components)} colours"
        raise ImageError("bomb", f"the picture has {size}, which decoders keep in memory as a whole")
