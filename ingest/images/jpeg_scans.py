"""Counts the scans of a JPEG, of which each takes a few bytes and makes the decoder pass over all pixels."""

from __future__ import annotations

import re

# In the coded data a 255 is followed by 0, or by a restart mark: any other pair begins a new segment.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_END, _SCAN = 0xD9, 0xDA


def count_scans(data: bytes, *, at_most: int) -> int:
    """Number of scans of a JPEG file's first picture; stops counting above `at_most`.

    Segments are stepped over by their lengths, so that neither an embedded thumbnail nor what follows the
    picture counts. Damaged files are counted as far as their segments go.
    """
    scans = 0
    marker = _MARKER.search(data, 2)
    while marker and scans <= at_most:
        kind = data[marker.start() + 1]
        if kind == _END:
            break
        scans += kind == _SCAN
        length = int.from_bytes(data[marker.end() : marker.end() + 2], "big")
        marker = _MARKER.search(data, marker.end() + length)
    return scans
