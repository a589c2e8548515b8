"""Steps through the segments of a JPEG, and takes those out that hold no pixels.

Pillow reads what stands in them (EXIF, Photoshop's blocks, the table of a film that follows the photograph) and gives
up the picture over what is odd there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import ImageError
from .bare import MAX_PROFILE, Bare

START, END, SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
MAX_SEGMENTS = 5_000
"""Most segments; what is spread over several fills 64 KiB in each, and a file has at most 64 MiB."""

MAX_SCANS = 100
"""Most scans: each may be a few bytes that make the decoder pass over all pixels."""

# In the coded data a 255 is followed by 0, or by a restart mark: any other pair begins a new segment.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_EXIF, _XMP, _ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"


class Segment(NamedTuple):
    """One segment, `data[start:end]`, whose content is `data[body:end]`.

    `end` lies behind the end of the file where the file is cut in it.
    """

    kind: int
    start: int
    body: int
    end: int


def segments(data: bytes) -> list[Segment]:
    """Segments of the first picture, in order, stepped over by their lengths; the last may be its end marker.

    Damaged files give what can be found.

    Raises:
        ImageError: `bomb`, over `MAX_SEGMENTS` or `MAX_SCANS`.
    """
    found: list[Segment] = []
    scans = 0
    marker = _MARKER.search(data, 2)
    while marker:
        start = marker.start()
        kind = data[start + 1]
        scans += kind == SCAN
        if scans > MAX_SCANS:
            raise ImageError("bomb", f"the picture has over {MAX_SCANS} scans, each as costly as a picture")
        if kind in (START, END):
            found.append(Segment(kind, start, start + 2, start + 2))
            break
        if len(found) == MAX_SEGMENTS:
            raise ImageError("bomb", f"the picture has over {MAX_SEGMENTS:,} segments")
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        found.append(Segment(kind, start, start + 4, end))
        marker = _MARKER.search(data, end)
    return found


def strip_jpeg(data: bytes, parts: list[Segment]) -> Bare:
    """A JPEG without the application segments and comments in front of its first scan.

    What decides about colours stays: Adobe's and JFIF's segments, of any content that a decoder looks at.

    Args:
        data: the file.
        parts: its segments.
    """
    pieces, start = [], 0
    exif, xmp, profile = b"", b"", []
    for segment in parts:
        if segment.kind in (SCAN, START, END) or segment.end > len(data) or segment.end < segment.body:
            break
        if not (_APP0 <= segment.kind <= _APP15 or segment.kind == COMMENT):
            continue
        body = data[segment.body : segment.end]
        if _sets_colours(segment.kind, body):
            continue
        pieces.append(data[start : segment.start])
        start = segment.end
        if segment.kind == _APP1 and body.startswith(_EXIF):
            # A block that is too long for one segment goes on in the next.
            exif += body.removeprefix(_EXIF)
        elif segment.kind == _APP1 and body.startswith(_XMP):
            xmp = body
        elif segment.kind == _APP2 and body.startswith(_ICC):
            profile.append(body)
    bare = b"".join((*pieces, data[start:])) if pieces else data
    return Bare(bare, exif, xmp, _joined(profile))


def _sets_colours(kind: int, body: bytes) -> bool:
    jfif = kind == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14
    return jfif or (kind == _APP14 and body.startswith(b"Adobe") and len(body) >= 12)


def _joined(parts: list[bytes]) -> bytes:
    """A colour profile of its parts, each of which says which of how many it is; empty if one is missing."""
    numbered = sorted((part[12:13], part) for part in parts if len(part) > 14)
    total = [bytes([at + 1]) for at in range(min(len(parts), 255))]
    whole = len(parts) == len(numbered) and [number for number, _ in numbered] == total
    profile = b"".join(part[14:] for _, part in numbered) if whole else b""
    return profile if len(profile) <= MAX_PROFILE else b""
