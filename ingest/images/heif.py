"""AVIF and HEIC: what is in the container, made safe for the decoders.

Both keep the picture's orientation and size in boxes of their own. Their EXIF is hidden from the decoders, because
Pillow gives up the picture if that is broken; so are films, of which the first frame is an item too.
"""

from __future__ import annotations

import io
import struct
from math import prod

from PIL import ImageFile

from ..errors import ImageError
from .bare import Bare
from .boxes import Box, boxes, extents, find, items
from .codec_headers import av1_sizes, hevc_size, hevc_sizes

MAX_PIXELS = 50_000_000
"""Most pixels of an AVIF or HEIC; its decoder, Python and Pillow hold about 14 bytes for each."""

MAX_FRAMES = 8
"""Most frames in which one picture is coded."""

HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
AVIF = frozenset((b"avif", b"avis"))
_CODED = {b"av01": av1_sizes, b"hvc1": hevc_sizes}


def brands(data: bytes) -> list[bytes]:
    """Four-letter names of what a file claims to be, the main one first; none if it is no file of this family."""
    if data[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(data[:4], "big"), len(data), 512)
    # The main brand is followed by its version, which is no name.
    return [data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))]


def is_heic(data: bytes) -> bool:
    """Whether a file is coded with HEVC, which takes another library to decode."""
    named = brands(data)
    return bool(HEIC & set(named)) and named[0] not in AVIF


def strip_heif(data: bytes) -> Bare:
    """A file with neither EXIF nor films, and with no picture that is larger than it says.

    Raises:
        ImageError: `bomb`, or `truncated` for a container that cannot be read.
    """
    try:
        meta = find(data, None, b"meta")
        if meta is None:
            raise ImageError("wrong-format", "the picture is a film, or has no list of its parts")
        _check_coded(data, meta)
        hidden = bytearray(data)
        head = 12 + 4 * len(brands(data))
        hidden[8:head] = data[8:head].replace(b"avis", b"avif").replace(b"msf1", b"mif1")
        for box in boxes(data, 0, len(data)):
            if box.kind == b"moov":
                hidden[box.start - 4 : box.start] = b"free"
        for item in items(data, meta):
            if item.kind == b"Exif":
                hidden[item.at : item.at + 4] = b"none"
        return Bare(bytes(hidden))
    except (struct.error, KeyError, IndexError, ValueError) as error:
        raise ImageError("truncated", f"the picture is truncated or corrupt ({error})") from error


def open_heic(data: bytes) -> ImageFile.ImageFile:
    """Open a HEIC file, without registering its format for the whole process.

    Raises:
        ImageError: `wrong-format`, the library that it takes is not installed.
    """
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        text = "the picture is a HEIC file; to read such, install the extra: pip install 'likewise[heic]'"
        raise ImageError("wrong-format", text) from None
    image: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    return image


def _check_coded(data: bytes, meta: Box) -> None:
    """No coded picture may be larger than any that we decode, nor all of them together than three."""
    where = extents(data, meta)
    looked_at, total = 0, _configured(data, meta)
    for item in items(data, meta):
        if item.kind not in _CODED:
            continue
        parts = where.get(item.number, [])
        looked_at += sum(max(end - start, 0) for start, end in parts)
        if looked_at > 4 * len(data):
            raise ImageError("bomb", "the picture has items that share their data")
        sizes, frames = _CODED[item.kind](b"".join(data[start:end] for start, end in parts))
        if frames > MAX_FRAMES:
            raise ImageError("bomb", f"the picture is coded in {frames:,} frames, more than {MAX_FRAMES}")
        largest = max(map(prod, sizes), default=0)
        total += largest
        if max(total / 3, largest) > MAX_PIXELS:
            raise ImageError("bomb", f"the picture holds {total:,} coded pixels, too many for {MAX_PIXELS:,}")


def _configured(data: bytes, meta: Box) -> int:
    """Pixels of the largest HEVC picture for which the file has parameters."""
    properties = find(data, meta, b"iprp", b"ipco", skip=4)
    largest = 0
    for box in boxes(data, properties.start, properties.end) if properties else ():
        if box.kind != b"hvcC":
            continue
        at = box.start + 23
        for _ in range(data[box.start + 22]):
            (count,) = struct.unpack_from(">H", data, at + 1)
            at += 3
            for _ in range(count):
                (size,) = struct.unpack_from(">H", data, at)
                unit = data[at + 2 : min(at + 2 + size, box.end)]
                at += 2 + size
                if unit and unit[0] >> 1 & 63 == 33:
                    largest = max(largest, prod(hevc_size(unit)))
    return largest
