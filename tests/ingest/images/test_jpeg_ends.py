"""A JPEG without its end mark opens to the same pixels; one that is cut in its scans is refused."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
from tests.ingest.images.samples import encoded, gradient, segment, with_segments

KINDS = {
    "baseline": {},
    "fine": {"quality": 100, "subsampling": 0},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 3},
    "restarts-by-row": {"restart_marker_rows": 1},
}
GARBAGE = {
    "nothing": b"",
    "half-a-mark": b"\xff",
    "a-few-zeros": b"\0" * 5,
    "text": b"<html>not found</html>" * 20,
    "another-picture": encoded(gradient(16, 16), "JPEG"),
    "a-segment": segment(0xE1, b"x"),
    "a-lie-about-its-length": b"\xff\xe1\xff\xff",
}


def photo(mode: str) -> Image.Image:
    noise = np.random.default_rng(3).integers(-25, 25, (120, 100, 3))
    pixels = np.asarray(gradient(100, 120)).astype(int) + noise
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_missing_end_mark_changes_no_pixel(mode, kind, garbage):
    data = encoded(photo(mode), "JPEG", **KINDS[kind])
    assert open_image(data[:-2] + GARBAGE[garbage]).tobytes() == open_image(data).tobytes()


def outcome(data: bytes, whole: bytes) -> str:
    try:
        return "the same pixels" if open_image(data).tobytes() == whole else "other pixels"
    except ImageError as error:
        return error.reason


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_scan_is_refused_even_if_only_the_last_bytes_are_lost(mode, kind):
    data = encoded(photo(mode), "JPEG", **KINDS[kind])
    # The last bits of a progressive one may refine what no decoder shows otherwise.
    whole = open_image(data).tobytes()
    for lost in (*range(3, 9), *range(9, 40, 7), *range(40, len(data) - 700, 397)):
        if lost < 5 and mode == "CMYK" and kind == "progressive":
            assert outcome(data[:-lost], whole) in ("the same pixels", "truncated")
        else:
            assert outcome(data[:-lost], whole) == "truncated", lost


def test_a_scan_that_is_cut_at_a_restart_mark_is_refused():
    data = encoded(photo("RGB"), "JPEG", restart_marker_blocks=3)
    for mark in range(0xD0, 0xD8):
        with pytest.raises(ImageError, match="truncated"):
            open_image(data[: data.rindex(bytes((0xFF, mark)))])


def test_a_progressive_picture_that_lacks_its_last_scans_is_refused():
    data = encoded(photo("RGB"), "JPEG", progressive=True)
    at = len(data)
    for _ in range(5):
        at = data.rindex(b"\xff\xc4", 0, at)
        with pytest.raises(ImageError, match="truncated"):
            open_image(data[:at])


def test_metadata_are_no_obstacle_for_the_repair():
    data = encoded(photo("RGB"), "JPEG")
    broken = with_segments(data[:-2], segment(0xE0, b"JFIF"), segment(0xE2, b"MPF\0"))
    assert open_image(broken).tobytes() == open_image(data).tobytes()
