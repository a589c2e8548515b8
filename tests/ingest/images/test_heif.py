"""AVIF, and HEIC where its library is: what phones write opens, what lies about its size does not."""

import builtins
import io
import struct

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
from tests.ingest.images.samples import TURNED, encoded, exif, gradient


def heic(image: Image.Image, **more) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = pillow_heif.from_pillow(image)
    block = more.pop("exif", None)
    if block is not None:
        file.info["exif"] = block
    out = io.BytesIO()
    file.save(out, **more)
    return out.getvalue()


def avif(image: Image.Image, **more) -> bytes:
    return encoded(image, "AVIF", **more)


def claiming(data: bytes, width: int, height: int) -> bytes:
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def test_heic_has_its_colours_and_registers_nothing():
    opened = open_image(heic(gradient(), quality=95))
    assert np.abs(np.asarray(opened).astype(int) - np.asarray(gradient()).astype(int)).mean() < 3
    assert "HEIF" not in Image.OPEN


def test_heic_of_tiles_and_with_transparency():
    assert open_image(heic(gradient(300, 260), tile_size=128)).size == (300, 260)
    image = gradient().convert("RGBA")
    image.putalpha(0)
    assert min(open_image(heic(image)).getpixel((9, 9))) > 250


@pytest.mark.parametrize("write", [heic, avif])
def test_it_is_turned_upright_and_broken_exif_does_not_matter(write):
    assert open_image(write(gradient(), exif=b"Exif\0\0" + exif(TURNED))).size == (48, 64)
    data = write(gradient(), exif=b"Exif\0\0" + exif(TURNED + b"")).replace(b"II*\0", b"junk")
    assert open_image(data).size == (48, 64)


def test_a_heic_without_its_library_says_what_to_install(monkeypatch):
    data = heic(gradient())
    real = builtins.__import__

    def without(name, *args, **more):
        if name == "pillow_heif":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImageError, match=r"wrong-format: .*likewise\[heic\]"):
        open_image(data)


@pytest.mark.parametrize("write", [heic, avif])
@pytest.mark.parametrize("side", [30_000, 8000, 2**31 - 1])
def test_a_giant_claim_is_refused(write, side):
    with pytest.raises(ImageError) as caught:
        open_image(claiming(write(gradient()), side, side))
    assert caught.value.reason in ("bomb", "truncated", "wrong-format")


def test_a_giant_picture_that_claims_to_be_small_is_refused_before_it_is_decoded():
    # 7,200 x 7,200 in a few hundred bytes, of which the container says that they are 100 x 100.
    data = avif(Image.new("RGB", (7200, 7200)), speed=10)
    with pytest.raises(ImageError, match=r"bomb: .*coded pixels"):
        open_image(claiming(data, 100, 100))


def test_the_first_frame_of_a_film():
    frames = [gradient(), Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")]
    for form in ("AVIF", "WEBP", "PNG", "GIF"):
        opened = open_image(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
        assert np.abs(np.asarray(opened).astype(int) - np.asarray(gradient()).astype(int)).mean() < 12, form


@pytest.mark.parametrize("write", [heic, avif])
def test_what_is_cut_is_refused(write):
    data = write(gradient(200, 200))
    for share in (0.01, 0.1, 0.3, 0.5, 0.8, 0.97):
        with pytest.raises(ImageError) as caught:
            open_image(data[: int(share * len(data))])
        assert caught.value.reason in ("truncated", "wrong-format")


@pytest.mark.parametrize("name", ["photo.Jpg", "photo.WEBP", "photo.jfif", "photo.png", "photo"])
def test_the_name_of_a_file_does_not_matter(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(gradient(), "WEBP"))
    assert open_image(tmp_path / name).size == (64, 48)
