"""The sample catalogs: products drawn with curves, cloth and light.

A seed comes in; a catalog with a picture for each product goes out: fashion in the public layout, or one of three of
the shapes that other shops' catalogs have. `likewise demo` draws them, so that neither the demo nor its tests need a
photograph.
"""

from .catalog import draw_catalog
from .catalogs import CATALOGS, draw_folder, draw_furniture, draw_groceries

__all__ = ["CATALOGS", "draw_catalog", "draw_folder", "draw_furniture", "draw_groceries"]
