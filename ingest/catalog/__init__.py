"""What a shop hands over, read row by row.

A folder or a table comes in; products with their pictures and values, rejects with their reasons, and the schema go
out. The encoding reads the products, the index keeps their payloads and the rejects.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .payloads import PREDICTED, catalog_fingerprint, catalog_payload, digest, payload
    from .product import Product, Reject, point_id
    from .reader import Catalog, ReadingOptions, read_catalog
    from .rejects import REJECTS_FILE, RejectLimit, read_rejects, write_rejects
    from .schema import FASHION, Column, Schema

# A search needs the schema alone: reading tables and pictures must not cost it anything.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "payloads": ["PREDICTED", "catalog_payload", "digest", "catalog_fingerprint", "payload"],
        "product": ["Product", "Reject", "point_id"],
        "reader": ["Catalog", "ReadingOptions", "read_catalog"],
        "rejects": ["REJECTS_FILE", "RejectLimit", "read_rejects", "write_rejects"],
        "schema": ["FASHION", "Column", "Schema"],
    },
)

__all__ = [
    "FASHION",
    "PREDICTED",
    "REJECTS_FILE",
    "Catalog",
    "Column",
    "Product",
    "ReadingOptions",
    "Reject",
    "RejectLimit",
    "Schema",
    "catalog_fingerprint",
    "catalog_payload",
    "digest",
    "payload",
    "point_id",
    "read_catalog",
    "read_rejects",
    "write_rejects",
]
