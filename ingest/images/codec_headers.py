"""How large the pictures are that coded data of AV1 and HEVC hold, whatever the file around them says.

Decoders make room for what the coded data say, and compare it with the file afterwards, if at all.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_UNITS = 10_000
"""Most units of an item that are looked at; what has more is none of ours."""

_SEQUENCE, _FRAMES = 1, (3, 6)
_SPS, _SLICES = 33, range(32)


class Bits:
    """Reads numbers bit by bit; raises ValueError at the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Next `count` bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the header is cut")
        return self._value >> self._left & (1 << count) - 1

    def exponential(self) -> int:
        """Next number in Exp-Golomb code."""
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)


def av1_sizes(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """Sizes in all sequence headers of an item, and how many frames it has.

    Raises:
        ValueError: it cannot be read.
    """
    sizes, frames = [], 0
    for kind, body in _av1_units(data):
        frames += kind in _FRAMES
        if kind == _SEQUENCE:
            sizes.append(_av1_size(Bits(body[:256])))
    return sizes, frames


def _av1_units(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_UNITS):
        if at >= len(data):
            return
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, shift = 0, 0
            while True:
                if at >= len(data) or shift > 28:
                    raise ValueError("the size of a unit is cut")
                size |= (data[at] & 127) << shift
                at, shift = at + 1, shift + 7
                if data[at - 1] < 128:
                    break
        yield head >> 3 & 15, data[at : at + min(size, 256)]
        at += size
    raise ValueError("there are too many units")


def _av1_size(bits: Bits) -> tuple[int, int]:
    """Section 5.5.1 of the AV1 specification, up to the largest size of a frame."""
    bits.read(4)
    if bits.read(1):
        bits.read(5)
    else:
        delays = 0
        if bits.read(1):
            bits.read(64)
            if bits.read(1):
                bits.exponential()
            if bits.read(1):
                delays = bits.read(5) + 1
                bits.read(42)
        shown = bits.read(1)
        for _ in range(bits.read(5) + 1):
            bits.read(12)
            if bits.read(5) > 7:
                bits.read(1)
            if delays and bits.read(1):
                bits.read(2 * delays + 1)
            if shown and bits.read(1):
                bits.read(4)
    width, height = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width) + 1, bits.read(height) + 1


def hevc_sizes(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """Sizes in all sequence headers of an item, whose units have four bytes of length, and how many frames it has.

    Raises:
        ValueError: it cannot be read.
    """
    sizes: list[tuple[int, int]] = []
    frames, at = 0, 0
    for _ in range(MAX_UNITS):
        if at + 4 > len(data):
            return sizes, frames
        size = int.from_bytes(data[at : at + 4], "big")
        unit = data[at + 4 : at + 4 + min(size, 512)]
        at += 4 + size
        kind = unit[0] >> 1 & 63 if unit else -1
        frames += kind in _SLICES and len(unit) > 2 and unit[2] > 127
        if kind == _SPS:
            sizes.append(hevc_size(unit))
    raise ValueError("there are too many units")


def hevc_size(unit: bytes) -> tuple[int, int]:
    """Size in a sequence parameter set, section 7.3.2.2 of H.265.

    Raises:
        ValueError: it cannot be read.
    """
    bits = Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))
    bits.read(4)
    layers = bits.read(3)
    bits.read(97)
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.read(2 * (8 - layers))
    for profile, level in present:
        bits.read(88 * profile + 8 * level)
    bits.exponential()
    if bits.exponential() == 3:
        bits.read(1)
    return bits.exponential(), bits.exponential()
