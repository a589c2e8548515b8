"""Colour profiles: wide ones become sRGB's colours, sRGB's own and broken ones change nothing."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from likewise.ingest.images import flatten, open_image
from tests.ingest.images.samples import encoded, gradient, segment, with_segments

S15 = 65_536


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile of version 2, with tags as in section 7 of ICC.1:2001-04."""
    body, table, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02100000, b"mntr", space, b"XYZ ") + bytes(12)
    head += b"acsp" + bytes(28) + struct.pack(">III", 63_190, 65_536, 54_061)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", round(x * S15), round(y * S15), round(z * S15))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


TEXT = b"desc\0\0\0\0\0\0\0\2x\0" + bytes(80)
# Adobe RGB (1998), adapted to D50, as its own profile has it.
WIDE = profile(
    b"RGB ",
    {
        **{b"desc": TEXT, b"wtpt": xyz(0.9505, 1, 1.0891)},
        **{b"rXYZ": xyz(0.60974, 0.31111, 0.01947), b"gXYZ": xyz(0.20528, 0.62567, 0.06087)},
        **{b"bXYZ": xyz(0.14919, 0.06322, 0.74457), b"rTRC": gamma(2.2), b"gTRC": gamma(2.2), b"bTRC": gamma(2.2)},
    },
)
DARK = profile(b"GRAY", {b"desc": TEXT, b"wtpt": xyz(0.9642, 1, 0.8249), b"kTRC": gamma(1.0)})
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_a_wide_profile_is_applied_in_every_format(form):
    # The green of Adobe RGB at 100, 200, 100 is beyond what its numbers are in sRGB: red falls to nearly nothing.
    image = Image.new("RGB", (32, 32), (100, 200, 100))
    more = {"lossless": True} if form == "WEBP" else {"quality": 95} if form in ("JPEG", "AVIF") else {}
    opened = open_image(encoded(image, form, icc_profile=WIDE, **more)).getpixel((16, 16))
    # By the two matrices and curves, with pencil and paper: (100, 200, 100) -> (0, 202, 94).
    assert np.abs(np.subtract(opened, (0, 202, 94))).max() <= 6


def test_a_wide_profile_is_applied_to_an_image_in_memory_without_changing_it():
    image = Image.new("RGB", (32, 32), (100, 200, 100))
    image.info["icc_profile"] = WIDE
    assert flatten(image).getpixel((0, 0))[0] < 10
    assert image.getpixel((0, 0)) == (100, 200, 100)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "CMYK"])
def test_an_srgb_profile_changes_no_pixel(mode):
    image = gradient().convert(mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    assert open_image(encoded(image, form, icc_profile=SRGB)).tobytes() == open_image(encoded(image, form)).tobytes()


def test_a_grey_profile_sets_the_brightness():
    # Linear light: a grey of 128 is 188 in sRGB.
    image = Image.new("L", (32, 32), 128)
    for form in ("PNG", "JPEG"):
        pixel = open_image(encoded(image, form, icc_profile=DARK)).getpixel((3, 3))
        assert np.abs(np.subtract(pixel, 188)).max() <= 1
    half = Image.merge("LA", (image, Image.new("L", (32, 32), 128)))
    # Half of it on white: (188 * 128 + 255 * 127) / 255.
    assert np.abs(np.subtract(open_image(encoded(half, icc_profile=DARK)).getpixel((3, 3)), 221)).max() <= 1


def test_a_palette_with_a_transparent_colour_and_a_profile():
    image = Image.new("P", (16, 16), 0)
    image.putpalette([100, 200, 100, 1, 2, 3])
    image.paste(1, (8, 0, 16, 16))
    opened = open_image(encoded(image, transparency=1, icc_profile=WIDE))
    assert opened.getpixel((0, 0))[0] < 10
    assert opened.getpixel((12, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    "broken",
    [
        b"x",
        b"\0" * 128,
        WIDE[:200],
        WIDE[:-20],
        WIDE.replace(b"acsp", b"xxxx"),
        WIDE.replace(b"curv", b"evil"),
        DARK,
    ],
)
def test_a_broken_profile_or_one_of_another_space_is_ignored(broken):
    data = encoded(gradient(), icc_profile=broken)
    assert open_image(data).tobytes() == gradient().tobytes()
    plain = open_image(encoded(gradient(), "JPEG"))
    assert open_image(encoded(gradient(), "JPEG", icc_profile=broken)).tobytes() == plain.tobytes()


def test_a_profile_of_a_jpeg_in_parts():
    data = encoded(Image.new("RGB", (32, 32), (100, 200, 100)), "JPEG", quality=95)
    half = len(WIDE) // 2
    parts = [(2, WIDE[half:]), (1, WIDE[:half])]

    def holding(which):
        return with_segments(data, *(segment(0xE2, b"ICC_PROFILE\0" + bytes((at, 2)) + part) for at, part in which))

    assert open_image(holding(parts)).getpixel((3, 3))[0] < 10
    assert open_image(holding(parts[:1])).getpixel((3, 3))[0] > 90
