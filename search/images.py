"""Query pictures: whatever an application has in hand, opened like a catalog's image."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from likewise.ingest.images import DECODE_SIDE, flatten, open_image

QueryImage = str | Path | bytes | Image.Image
"""A path, the bytes of an image file, or a PIL image."""


def open_query(image: QueryImage) -> Image.Image:
    """An RGB image from any of them.

    Raises:
        ImageError: the picture cannot be read, or is too large to decode safely.
    """
    if isinstance(image, Image.Image):
        return flatten(image)
    return open_image(Path(image) if isinstance(image, str) else image, side=DECODE_SIDE)
