import numpy as np
import pytest
from PIL import Image, ImageFont

from likewise.search.showing.contact_sheet import TILE, Tile, contact_sheet, fit


def tile(colour="red", **more) -> Tile:
    return Tile(Image.new("RGB", (60, 80), colour), ("Some shirt", "Shirts · Red"), **more)


def test_a_row_has_the_query_and_its_hits_in_order():
    sheet = contact_sheet([[tile("red", is_query=True), tile("blue", score=0.9), tile("green", score=0.8)]])
    pixels = np.asarray(sheet).astype(int)
    columns = [
        np.flatnonzero((pixels[28 + TILE // 2] == colour).all(axis=1)).mean()
        for colour in ((255, 0, 0), (0, 0, 255), (0, 128, 0))
    ]
    assert columns == sorted(columns)


def test_rows_of_different_length_and_missing_pictures_are_drawn():
    short = contact_sheet([[tile(is_query=True)]])
    long = contact_sheet([[tile(is_query=True)], [Tile(None, ("gone",)), tile(score=0.5), tile(score=0.1)]])
    assert long.width > short.width
    assert long.height > short.height
    assert contact_sheet([]).size[0] > 0


@pytest.mark.parametrize("text", ["short", "on and on " * 90, "超長い商品名" * 40, "\n\t tabs \x00", ""])
def test_captions_never_leave_their_tile(text):
    font = ImageFont.load_default(13)
    assert font.getlength(fit(text, TILE, font)) <= TILE


def test_a_sheet_stays_openable_however_many_queries():
    assert contact_sheet([[tile(is_query=True)]] * 500).height < 60_000
