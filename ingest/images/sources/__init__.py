"""All the places where a shop keeps its pictures, behind one object.

The cell of a table comes in, or a product's id; a picture goes out whose reference is kept in the index, or the
reason why there is none. Files, the web, object stores and tables are read by these references, also later and by other
processes. The reader of catalogs uses it, and whoever shows hits.
"""

from .by_id import only_own
from .cells import Cell, picture_cells
from .kept import KeptPictures, Usage
from .names import SUFFIXES
from .options import Refused, SourceOptions
from .pictures import Pictures
from .strangers import StrangersPictures
from .walk import FoundPicture

__all__ = [
    "SUFFIXES",
    "Cell",
    "FoundPicture",
    "KeptPictures",
    "Pictures",
    "Refused",
    "SourceOptions",
    "StrangersPictures",
    "Usage",
    "only_own",
    "picture_cells",
]
