"""The cache of features by the content of pictures, and filling it.

A catalog and an encoder come in; the catalog with its features, each distinct picture encoded once in its life, goes
out. Fitting, comparing and writing read it block by block; a search encodes its own pictures with `encode_pixels`.
"""

from .adoption import adopt
from .batches import encode_pixels
from .cache import FeatureCache, Features, Leading
from .calibrations import keep_calibration, kept_calibration
from .encode import encode_catalog, encode_missing
from .encoded import BLOCK, EncodedCatalog, EncodedProduct, attribute_columns, blocks, spool_items
from .survey import Survey, survey_catalog
from .upkeep import CacheFile, cache_files, keep_only

__all__ = [
    "BLOCK",
    "CacheFile",
    "EncodedCatalog",
    "EncodedProduct",
    "FeatureCache",
    "Features",
    "Leading",
    "Survey",
    "adopt",
    "attribute_columns",
    "blocks",
    "cache_files",
    "encode_catalog",
    "encode_missing",
    "encode_pixels",
    "keep_calibration",
    "keep_only",
    "kept_calibration",
    "spool_items",
    "survey_catalog",
]
