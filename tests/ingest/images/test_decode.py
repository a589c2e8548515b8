import io
import os
import socket
import struct
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.errors import ImageError
from likewise.ingest.images.decode import FORMATS, flatten, open_image, read_image_bytes


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


@pytest.mark.parametrize(("key", "white"), [((128, 128, 128), True), ((0, 0, 0), False)])
def test_a_colour_that_stands_for_transparent_lies_on_white(key, white):
    image = Image.new("RGB", (16, 16), (128, 128, 128))
    assert open_image(encoded(image, transparency=key)).getpixel((3, 3)) == ((255,) * 3 if white else (128,) * 3)


def test_half_transparent_is_half_white():
    pixel = open_image(encoded(Image.new("RGBA", (16, 16), (255, 0, 0, 128)))).getpixel((3, 3))
    assert pixel == (255, 127, 127)


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


@pytest.mark.parametrize("name", [".", "socket"])
def test_what_is_no_file_is_named_and_closed_again(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        before = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
        for _ in range(3):
            with pytest.raises(ImageError, match="not-a-file"):
                read_image_bytes(Path(name))
        after = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    assert after == before


@pytest.mark.parametrize(
    ("path", "reason"),
    [("nothing.jpg", "missing"), ("nul\0.jpg", "unreadable"), ("x" * 5000, "unreadable"), ("file/x.jpg", "unreadable")],
)
def test_a_path_that_leads_nowhere_is_named(tmp_path, path, reason):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ImageError) as caught:
        read_image_bytes(tmp_path / path)
    assert caught.value.reason == reason


def test_a_file_without_permission_is_named(tmp_path, request):
    path = tmp_path / "locked.jpg"
    path.write_bytes(encoded(picture(), "JPEG"))
    path.chmod(0)
    request.getfixturevalue("powerless")
    with pytest.raises(ImageError, match=r"unreadable: .*Permission denied"):
        read_image_bytes(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(ImageError, match="too-large"):
        read_image_bytes(path)


def test_the_bound_on_pixels_can_be_lowered():
    data = encoded(picture(size=(20, 30)))
    assert open_image(data, max_pixels=600).size == (20, 30)
    with pytest.raises(ImageError, match=r"bomb: .* 20 x 30 pixels, more than 599"):
        open_image(data, max_pixels=599)


def progressive(repeats: int, tail: bytes = b"") -> bytes:
    """A JPEG whose last scan, a few bytes that ask for one more pass over all pixels, is repeated."""
    data = encoded(Image.new("RGB", (640, 640)), "JPEG", progressive=True)
    last_table = data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda"))
    return data[:-2] + data[last_table:-2] * repeats + b"\xff\xd9" + tail


def test_a_jpeg_of_endless_scans_is_a_bomb():
    assert open_image(progressive(20)).size == (640, 640)
    with pytest.raises(ImageError, match=r"bomb: .* over 100 scans"):
        open_image(progressive(200_000))


def test_scans_behind_the_end_or_in_a_thumbnail_do_not_count():
    # A phone puts a film behind its photograph; any bytes may stand in it.
    assert open_image(progressive(0, tail=b"\xff\xda\0\x08" * 1000)).size == (640, 640)
    thumbnail = b"\xff\xda\0\x02" * 1000
    data = progressive(0)
    segment = b"\xff\xe5" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    assert open_image(data[:2] + segment + data[2:]).size == (640, 640)


def test_odd_metadata_costs_no_picture_and_no_warning_in_any_thread():
    # An EXIF tag that claims 2 GiB makes Pillow warn.
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIIHHIII", 8, 2, 0x112, 3, 1, 6, 0x10F, 2, 2**31 - 1, 0, 0)
    data = encoded(picture(), "JPEG", exif=exif)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(60):
                assert open_image(data).size == (30, 20)
        except BaseException as error:
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            filters = list(warnings.filters)
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert warnings.filters == filters
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


def test_an_image_in_memory_is_bounded_like_a_file():
    with pytest.raises(ImageError, match="too-small"):
        flatten(Image.new("RGB", (400, 2)))


def test_it_imports_and_reads_where_the_system_has_no_non_blocking_files(tmp_path):
    (tmp_path / "1.jpg").write_bytes(b"content")
    program = (
        "import os, sys; del os.O_NONBLOCK\n"
        "from pathlib import Path; from likewise.ingest.images import read_image_bytes\n"
        "print(read_image_bytes(Path(sys.argv[1])).decode())"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "1.jpg")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "content\n"
