"""A picture's file without what is not needed for its pixels, and the metadata that say how to show them."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PROFILE = 4 * 2**20
"""Largest colour profile, inflated, that is looked at; those of printing presses take up to two and a half MiB."""


@dataclass(frozen=True, slots=True)
class Bare:
    """What a decoder is given, and what was taken out of the file before.

    Attributes:
        data: a file that decodes to the same pixels as the original.
        exif: block of EXIF tags, as it stood in the file: possibly broken, or empty.
        xmp: description in XML, likewise.
        profile: ICC profile, likewise.
    """

    data: bytes
    exif: bytes = b""
    xmp: bytes = b""
    profile: bytes = b""
