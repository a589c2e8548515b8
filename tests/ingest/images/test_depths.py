"""Every depth and mode has its brightness, by hand: a grey of 128 of 255 is a half, less or more a level."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.images import flatten, open_image
from tests.ingest.images.samples import encoded

RAMP = np.linspace(0, 1, 256).reshape(16, 16)


def opened(values: np.ndarray, form: str = "TIFF", **more) -> np.ndarray:
    return np.asarray(open_image(encoded(Image.fromarray(values), form, **more)))[..., 0].astype(int)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize(
    "values",
    [
        RAMP.astype(np.float32),
        (RAMP * 255).astype(np.float32),
        (RAMP * 65_535).astype(np.float32),
        (RAMP * 5e6).astype(np.float32),
        (RAMP * 2 - 1).astype(np.float32),
        (RAMP * 1.2 - 0.1).astype(np.float32) / 1.1,
        (RAMP * 255).astype(np.int32),
        (RAMP * 65_535).astype(np.int32),
        (RAMP * (2**31 - 1)).astype(np.int32),
        (RAMP * (2**32 - 1) - 2**31).astype(np.int32),
        (RAMP * 65_535).astype(np.uint16),
    ],
    ids=[
        "share",
        "of-255",
        "of-65535",
        "any-range",
        "around-zero",
        "overshooting",
        "int8",
        "int16",
        "int31",
        "int32",
        "uint16",
    ],
)
def test_the_brightness_of_a_tiff(values, compression):
    expected = RAMP * 255
    if values.min() < 0 and values.min() > -0.2:
        # Ringing below black and above white is clipped.
        expected = np.clip(values * 255.0, 0, 255)
    assert np.abs(opened(values, compression=compression) - expected).max() <= 2


def test_numbers_that_are_none_are_black():
    values = RAMP.astype(np.float32)
    values[0, :3] = (np.nan, np.inf, -np.inf)
    levels = opened(values)
    assert list(levels[0, :3]) == [0, 0, 0]
    assert levels[15, 15] == 255


@pytest.mark.parametrize("value", [0.0, -3.0, 7e30])
def test_one_value_everywhere_opens(value):
    assert opened(np.full((16, 16), value, np.float32)).shape == (16, 16)


def test_sixteen_bits_of_a_png():
    assert np.abs(opened((RAMP * 65_535).astype(np.uint16), "PNG") - RAMP * 255).max() <= 1


@pytest.mark.parametrize("order", ["I;16", "I;16B", "I;16L"])
def test_sixteen_bits_in_memory(order):
    kind = ">u2" if order == "I;16B" else "<u2"
    image = Image.frombytes(order, (16, 16), (RAMP * 65_535).astype(kind).tobytes())
    assert np.abs(np.asarray(flatten(image))[..., 1].astype(int) - RAMP * 255).max() <= 1


def test_a_transparent_level_of_sixteen_bits_lies_on_white():
    values = np.full((16, 16), 0x4000, np.uint16)
    values[:, 8:] = 0x4001
    levels = opened(values, "PNG", transparency=0x4001)
    assert (levels[0, 0], levels[0, 15]) == (0x40, 255)


def test_lab():
    # Half lightness without colour is a grey of 119.
    grey = Image.frombytes("LAB", (16, 16), bytes((128, 0, 0)) * 256)
    pixel = open_image(encoded(grey, "TIFF")).getpixel((3, 3))
    assert all(abs(each - 119) <= 2 for each in pixel)


def test_cmyk_has_its_colours():
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for form in ("JPEG", "TIFF"):
        pixel = open_image(encoded(red, form)).getpixel((3, 3))
        assert np.abs(np.subtract(pixel, (255, 0, 0))).max() <= 3


def test_a_palette_with_transparent_entries():
    image = Image.new("P", (16, 16), 0)
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    image.paste(1, (8, 0, 16, 8))
    image.paste(2, (8, 8, 16, 16))
    opened = open_image(encoded(image, transparency=bytes((255, 0, 128))))
    assert opened.getpixel((0, 0)) == (200, 0, 0)
    assert opened.getpixel((12, 3)) == (255, 255, 255)
    assert opened.getpixel((12, 12)) == (127, 127, 227)


@pytest.mark.parametrize("mode", ["LA", "La", "RGBA", "RGBa", "PA"])
def test_half_transparent_grey_is_half_white(mode):
    image = Image.new("RGBA", (16, 16), (100, 100, 100, 128))
    image = image.convert("LA") if mode in ("LA", "La") else image
    if mode == "PA":
        image = Image.merge("PA", (Image.new("P", (16, 16), 100), image.getchannel("A")))
        image.putpalette([level // 3 for level in range(768)])
    else:
        image = image.convert(mode)
    assert abs(flatten(image).getpixel((3, 3))[0] - 177) <= 1
