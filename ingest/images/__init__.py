"""From the bytes of a picture to its pixels, safely.

Bytes of a stranger's file come in; upright RGB pixels, or an error that names its reason, go out. Both the encoding of
a catalog and a search by picture open every picture here, so that both get the same pixels.
"""

from .decode import DECODE_SIDE, open_image
from .flatten import flatten
from .pictures import Folder, Picture, PictureSource
from .reading import content_hash, read_image_bytes
from .sources import (
    SUFFIXES,
    Cell,
    FoundPicture,
    KeptPictures,
    Pictures,
    Refused,
    SourceOptions,
    StrangersPictures,
    Usage,
    only_own,
    picture_cells,
)

__all__ = [
    "DECODE_SIDE",
    "SUFFIXES",
    "Cell",
    "Folder",
    "FoundPicture",
    "KeptPictures",
    "Picture",
    "PictureSource",
    "Pictures",
    "Refused",
    "SourceOptions",
    "StrangersPictures",
    "Usage",
    "content_hash",
    "flatten",
    "only_own",
    "open_image",
    "picture_cells",
    "read_image_bytes",
]
