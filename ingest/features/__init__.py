"""The cache of features by the content of pictures, and filling it.

A catalog and an encoder come in; the catalog with its features, each distinct picture encoded once in its life, goes
out. Fitting, comparing and writing read it block by block; a search encodes its own pictures with `encode_pixels`.
"""

from .cache import FeatureCache, Features, Leading
from .encode import encode_catalog, encode_pixels
from .encoded import EncodedCatalog, EncodedProduct, attribute_columns, blocks

__all__ = [
    "EncodedCatalog",
    "EncodedProduct",
    "FeatureCache",
    "Features",
    "Leading",
    "attribute_columns",
    "blocks",
    "encode_catalog",
    "encode_pixels",
]
