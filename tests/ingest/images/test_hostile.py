"""Whatever is flipped, cut or put into a picture: it opens, or `ImageError` says why, soon."""

import io
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
from tests.ingest.images.samples import TURNED, encoded, exif, gradient

REASONS = {"opened", "bomb", "too-small", "truncated", "wrong-format", "empty"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
BLOCK = b"Exif\0\0" + exif(TURNED)


def heic() -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = pillow_heif.from_pillow(gradient(16, 16))
    file.info["exif"] = BLOCK
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


SMALL = gradient(16, 16)
FILES = {
    "jpeg": lambda: encoded(SMALL, "JPEG", icc_profile=SRGB, exif=BLOCK),
    "progressive": lambda: encoded(SMALL, "JPEG", progressive=True),
    "endless-jpeg": lambda: encoded(SMALL, "JPEG", restart_marker_blocks=1)[:-2],
    "cmyk": lambda: encoded(SMALL.convert("CMYK"), "JPEG"),
    "mpo": lambda: encoded(SMALL, "MPO", save_all=True, append_images=[SMALL]),
    "png": lambda: encoded(SMALL, icc_profile=SRGB, exif=BLOCK),
    "palette": lambda: encoded(SMALL.quantize(8), transparency=1),
    "apng": lambda: encoded(SMALL, save_all=True, append_images=[gradient(16, 16).rotate(90)]),
    "gif": lambda: encoded(SMALL, "GIF", save_all=True, append_images=[gradient(16, 16).rotate(90)]),
    "bmp": lambda: encoded(SMALL, "BMP"),
    "tiff": lambda: encoded(SMALL, "TIFF", icc_profile=SRGB),
    "tiff-deflate": lambda: encoded(SMALL, "TIFF", compression="tiff_adobe_deflate"),
    "tiff-jpeg": lambda: encoded(SMALL, "TIFF", compression="jpeg"),
    "tiff-big": lambda: encoded(SMALL, "TIFF", big_tiff=True),
    "tiff-float": lambda: encoded(Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)), "TIFF"),
    "webp": lambda: encoded(SMALL, "WEBP", exif=BLOCK, icc_profile=SRGB),
    "webp-film": lambda: encoded(SMALL, "WEBP", save_all=True, append_images=[gradient(16, 16).rotate(90)]),
    "avif": lambda: encoded(SMALL, "AVIF", exif=BLOCK),
    "avif-film": lambda: encoded(SMALL, "AVIF", save_all=True, append_images=[gradient(16, 16).rotate(90)]),
    "heic": heic,
}


def outcome(data: bytes) -> str:
    try:
        assert open_image(data, side=240).mode == "RGB"
    except ImageError as error:
        return error.reason
    return "opened"


@st.composite
def damages(draw: st.DrawFn) -> list[tuple[str, float, bytes]]:
    kinds = st.sampled_from(("flip", "insert", "replace", "cut", "remove", "double"))
    # Headers are at the beginning, and most places are pixels: half of the damages are among the first bytes.
    places = st.one_of(st.floats(0, 1, exclude_max=True), st.floats(0, 0.05))
    return draw(st.lists(st.tuples(kinds, places, st.binary(min_size=1, max_size=6)), min_size=1, max_size=4))


def damaged(data: bytes, wounds: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, more in wounds:
        at = int(place * len(data))
        if kind == "flip" and data:
            data = data[:at] + bytes([data[at] ^ more[0]]) + data[at + 1 :]
        elif kind == "insert":
            data = data[:at] + more + data[at:]
        elif kind == "replace":
            data = data[:at] + more + data[at + len(more) :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "remove":
            data = data[:at] + data[at + 8 * len(more) :]
        elif kind == "double":
            data = data[:at] + data[at : at + 64] + data[at:]
    return data


@pytest.mark.parametrize("name", FILES)
def test_only_image_errors_come_out_in_bounded_time(name):
    data = FILES[name]()
    assert open_image(data).mode == "RGB"

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(damages())
    def check(wounds: list[tuple[str, float, bytes]]) -> None:
        start = time.process_time()
        assert outcome(damaged(data, wounds)) in REASONS
        assert time.process_time() - start < 5

    check()
