"""Query pictures: whatever an application has in hand, opened like a catalog's image."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image

from likewise.ingest.images import DECODE_SIDE, flatten, open_image

from .rectangle import Rectangle

QueryPicture = Path | bytes | Image.Image
QueryImage = str | QueryPicture
"""A path, the bytes of an image file, or a PIL image."""


def open_query(image: QueryImage, part: Rectangle | None = None) -> Image.Image:
    """An RGB image from any of them, or from a part of it.

    Raises:
        ImageError: the picture cannot be read, or is too large to decode safely.
    """
    if isinstance(image, Image.Image):
        whole = flatten(image)
    else:
        # The part is to have as many pixels as a whole picture else has.
        side = DECODE_SIDE if part is None else math.ceil(DECODE_SIDE / min(part.width, part.height))
        whole = open_image(Path(image) if isinstance(image, str) else image, side=side)
    return whole if part is None else part.cut(whole)
