import numpy as np
import pytest
from PIL import Image, ImageDraw

from likewise.ingest.encoders import colour


def product(shade, *, ground=(255, 255, 255), box=(60, 40, 180, 200), size=(240, 240)):
    image = Image.new("RGB", size, ground)
    ImageDraw.Draw(image).rectangle(box, fill=shade)
    return np.asarray(image)


def test_a_signature_has_its_width_and_is_never_negative():
    for shade in ((0, 0, 0), (255, 255, 255), (200, 30, 40)):
        found = colour.signature(product(shade))
        assert found.shape == (colour.WIDTH,)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        assert (found >= 0).all()


def test_histograms_are_shares():
    found = colour.signature(product((200, 30, 40)))[: colour.REGIONS * colour.PALETTE]
    np.testing.assert_allclose(found.reshape(colour.REGIONS, -1).sum(axis=1), 1, atol=0.01)


def test_the_background_does_not_count():
    one, other = (colour.signature(product((200, 30, 40), ground=ground)) for ground in ((255,) * 3, (225,) * 3))
    np.testing.assert_allclose(one, other, atol=0.05)


def test_the_place_in_the_picture_hardly_counts_and_the_colour_does():
    here = colour.signature(product((20, 30, 90)))
    there = colour.signature(product((20, 30, 90), box=(20, 10, 140, 170)))
    black = colour.signature(product((15, 15, 15)))
    assert np.abs(here - there).sum() < np.abs(here - black).sum() / 3


def test_a_white_product_with_an_outline_is_not_background():
    image = Image.new("RGB", (240, 240), "white")
    ImageDraw.Draw(image).rectangle((60, 40, 180, 200), outline=(180, 180, 180), width=2)
    mask, depth = colour.foreground(np.asarray(image.resize((colour.SIDE, colour.SIDE))))
    assert mask[60, 60]
    assert not mask[5, 5]
    assert depth[60, 60] > depth[25, 60]


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_picture_of_one_colour_is_taken_whole(shade):
    pixels = np.full((50, 40, 3), shade, np.uint8)
    assert np.isfinite(colour.signature(pixels)).all()


def test_lab_of_known_colours():
    # White, and sRGB's own red: L* 53.2, a* 80.1, b* 67.2.
    found = colour.srgb_to_lab(np.array([[255.0, 255, 255], [255, 0, 0]]))
    np.testing.assert_allclose(found, [[100, 0, 0], [53.2, 80.1, 67.2]], atol=0.15)
