"""Hits as a picture: one row a query, the query set apart on the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

TILE = 168
GAP = 18
MARGIN = 28
_LINE = 17
_CAPTION = 3 * _LINE + 6
_QUERY_GAP = 34
_MAX_ROWS = 200

_INK = (32, 33, 36)
_QUIET = (112, 117, 122)
_FRAME = (222, 225, 230)
_ACCENT = (11, 95, 166)
_EMPTY = (244, 245, 247)


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet: what it shows, up to two caption lines, a hit's score."""

    image: Image.Image | None
    caption: tuple[str, ...]
    score: float | None = None
    is_query: bool = False


def contact_sheet(rows: Sequence[Sequence[Tile]]) -> Image.Image:
    """Draw rows of a query and its hits, best hit first, on white.

    Rows beyond 200 are left out: a picture longer than that opens nowhere.

    Returns:
        RGB, as wide as the longest row.
    """
    rows = rows[:_MAX_ROWS]
    columns = max((len(row) for row in rows), default=1)
    height = TILE + _CAPTION + GAP
    size = (2 * MARGIN + columns * (TILE + GAP) - GAP + _QUERY_GAP, 2 * MARGIN + max(len(rows), 1) * height - GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        top = MARGIN + line * height
        for column, tile in enumerate(row):
            left = MARGIN + column * (TILE + GAP) + (_QUERY_GAP if column else 0)
            _draw_tile(sheet, draw, tile, left, top)
        rule = MARGIN + TILE + (GAP + _QUERY_GAP) // 2
        draw.line([(rule, top + 8), (rule, top + TILE + _CAPTION - 14)], fill=_FRAME)
    return sheet


def _draw_tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, left: int, top: int) -> None:
    box = (left, top, left + TILE, top + TILE)
    if tile.image is None:
        draw.rectangle(box, fill=_EMPTY)
        text = "image not found"
        font = _font(13)
        draw.text((left + (TILE - font.getlength(text)) / 2, top + TILE / 2 - 8), text, fill=_QUIET, font=font)
    else:
        picture = tile.image.convert("RGB")
        picture.thumbnail((TILE - 6, TILE - 6), Image.Resampling.LANCZOS)
        sheet.paste(picture, (left + (TILE - picture.width) // 2, top + (TILE - picture.height) // 2))
    draw.rectangle(box, outline=_ACCENT if tile.is_query else _FRAME, width=2 if tile.is_query else 1)
    line = top + TILE + 7
    head = "query" if tile.is_query else "" if tile.score is None else f"{tile.score:.3f}"
    if head:
        draw.text((left, line), head, fill=_ACCENT if tile.is_query else _QUIET, font=_font(13))
        line += _LINE
    for at, text in enumerate(tile.caption[:2]):
        draw.text((left, line), fit(text, TILE, _font(13)), fill=_QUIET if at else _INK, font=_font(13))
        line += _LINE


def fit(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """`text`, shortened with an ellipsis until it is at most `width` pixels wide."""
    text = " ".join(text.split())[:400]
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
