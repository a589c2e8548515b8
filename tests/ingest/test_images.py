import io
import os

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.errors import ImageError
from likewise.ingest.images import FORMATS, flatten, open_image, read_image_bytes


def encoded(image: Image.Image, form: str = "PNG", **more) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def picture(mode: str = "RGB", size=(20, 30)) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_a_shop_opens_as_rgb(form):
    opened = open_image(encoded(picture(), form))
    assert (opened.mode, opened.size) == ("RGB", (20, 30))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I", "I;16"])
def test_every_mode_becomes_rgb_with_its_brightness(mode):
    grey = Image.new("L", (16, 16), 128)
    if mode.startswith("I"):
        image = Image.fromarray(np.full((16, 16), 128 * 257, np.uint16 if mode == "I;16" else np.int32))
    else:
        image = grey.point(lambda value: 255 if value else 0).convert("1") if mode == "1" else grey.convert(mode)
    opened = open_image(encoded(image, "TIFF" if mode == "I" else "PNG"))
    assert opened.mode == "RGB"
    assert abs(int(np.asarray(opened).mean()) - (255 if mode == "1" else 128)) <= 1


def test_cmyk_jpegs_open():
    assert open_image(encoded(picture("CMYK"), "JPEG")).mode == "RGB"


def test_what_is_transparent_lies_on_white():
    image = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    assert open_image(encoded(image)).getpixel((3, 3)) == (255, 255, 255)
    palette = Image.new("P", (16, 16), 0)
    assert open_image(encoded(palette, transparency=0)).getpixel((3, 3)) == (255, 255, 255)


def test_a_photograph_is_turned_upright():
    image = Image.new("RGB", (40, 20), "white")
    image.paste((255, 0, 0), (0, 0, 10, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = open_image(encoded(image, "JPEG", exif=exif, quality=95))
    assert opened.size == (20, 40)
    assert opened.getpixel((10, 3))[1] < 80


def test_a_large_jpeg_is_decoded_at_a_smaller_scale_for_indexing_and_queries_alike():
    data = encoded(Image.new("RGB", (1800, 2400), (10, 200, 30)), "JPEG")
    assert open_image(data).size == (1800, 2400)
    small = open_image(data, side=240)
    assert min(small.size) >= 240
    assert max(small.size) <= 600


def test_an_animation_shows_its_first_frame():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    assert open_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).getpixel((8, 8))[0] > 200


def test_an_image_in_memory_is_flattened_without_changing_the_original():
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    assert flatten(image).getpixel((0, 0)) == (255, 255, 255)
    assert image.mode == "RGBA"


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageError, match="not-a-file"):
        read_image_bytes(tmp_path / "pipe.jpg")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(ImageError, match="too-large"):
        read_image_bytes(path)


def test_an_image_in_memory_is_bounded_like_a_file():
    with pytest.raises(ImageError, match="too-small"):
        flatten(Image.new("RGB", (400, 2)))
