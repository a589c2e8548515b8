"""The sample catalog: products drawn with curves, cloth and light.

A seed comes in; a catalog in the public layout, with a picture for each product, goes out. `likewise demo` draws it, so
that neither the demo nor its tests need a photograph.
"""

from .catalog import draw_catalog

__all__ = ["draw_catalog"]
