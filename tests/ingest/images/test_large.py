"""Photographs of 48 to 108 megapixels open at a smaller scale, within a bound on memory; what claims more does not."""

import struct
import subprocess
import sys

import pytest
from PIL import Image

from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
from tests.ingest.images.samples import chunk, encoded

MEASURED = """
import resource, sys
from pathlib import Path
from likewise.ingest.images import open_image
from PIL import Image, ImageCms
Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
image = open_image(Path(sys.argv[1]), side=int(sys.argv[2]) or None)
print(*image.size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG that says in its header that it is larger."""
    at = next(jpeg.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in jpeg)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def measured(path, side: int) -> tuple[int, int, int]:
    """Width and height of what is opened, and the MiB that it takes."""
    command = [sys.executable, "-c", MEASURED, str(path), str(side)]
    width, height, more = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(width), int(height), int(more)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "progressive"), [((8064, 6048), False), ((12_000, 9000), False)])
def test_a_photograph_of_a_phone_opens_at_an_eighth(tmp_path, size, progressive):
    Image.new("RGB", size, (200, 60, 30)).save(tmp_path / "photo.jpg", progressive=progressive)
    width, height, more = measured(tmp_path / "photo.jpg", 240)
    assert (width, height) == (size[0] // 8, size[1] // 8)
    assert more < 64


@pytest.mark.slow
def test_a_progressive_photograph_takes_two_bytes_for_each_coefficient(tmp_path):
    Image.new("RGB", (12_000, 9000), (200, 60, 30)).save(tmp_path / "photo.jpg", progressive=True)
    width, _, more = measured(tmp_path / "photo.jpg", 240)
    assert width == 1500
    assert more < 400


@pytest.mark.parametrize(
    ("size", "kind", "side"),
    [
        ((16_320, 12_240), {}, 240),
        ((65_000, 65_000), {}, 240),
        ((12_000, 9000), {"progressive": True, "subsampling": 0}, 240),
        ((12_000, 9000), {}, None),
        ((60_000, 1500), {}, 1500),
    ],
)
def test_what_takes_too_much_is_refused_by_its_header(size, kind, side):
    small = encoded(Image.new("RGB", (64, 64)), "JPEG", **kind)
    with pytest.raises(ImageError, match="bomb"):
        open_image(claiming(small, *size), side=side)


def test_a_png_of_more_than_a_large_camera_gives_is_refused():
    small = encoded(Image.new("L", (16, 16)))

    def claimed(width: int, height: int) -> bytes:
        return small[:8] + chunk(b"IHDR", struct.pack(">II", width, height) + small[24:29]) + small[33:]

    with pytest.raises(ImageError, match="truncated"):
        open_image(claimed(9504, 6336))
    with pytest.raises(ImageError, match="bomb"):
        open_image(claimed(9504, 6700))
