"""What a shop hands over, read row by row.

A folder or a table comes in; products with their pictures and values, rejects with their reasons, and the schema go
out. The encoding reads the products, the index keeps their payloads and the rejects.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .learned import learned_text, learned_value
    from .options import ReadingOptions
    from .packing import PackedProducts, PackedRejects, spool_products, spool_rejects
    from .payloads import Payloads, catalog_fingerprint
    from .product import Product, Reject, point_id
    from .reader import Catalog, read_catalog
    from .rejects import REJECTS_FILE, WARNINGS_FILE, RejectLimit, count_reasons, read_rejects, write_rejects
    from .roles import is_study
    from .schema import FASHION, OURS, TYPES, Column, ColumnType, Schema, quoted
    from .scorable import SCORABLE, check_category, check_scored, still_scored
    from .values import BadValueError, Value, as_text, parse

# A search needs the schema alone: reading tables and pictures must not cost it anything.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "learned": ["learned_text", "learned_value"],
        "payloads": ["Payloads", "catalog_fingerprint"],
        "packing": ["PackedProducts", "PackedRejects", "spool_products", "spool_rejects"],
        "product": ["Product", "Reject", "point_id"],
        "options": ["ReadingOptions"],
        "reader": ["Catalog", "read_catalog"],
        "rejects": ["REJECTS_FILE", "WARNINGS_FILE", "RejectLimit", "count_reasons", "read_rejects", "write_rejects"],
        "roles": ["is_study"],
        "schema": ["FASHION", "OURS", "TYPES", "Column", "ColumnType", "Schema", "quoted"],
        "scorable": ["SCORABLE", "check_category", "check_scored", "still_scored"],
        "values": ["BadValueError", "Value", "as_text", "parse"],
    },
)

__all__ = [
    "FASHION",
    "OURS",
    "REJECTS_FILE",
    "SCORABLE",
    "TYPES",
    "WARNINGS_FILE",
    "BadValueError",
    "Catalog",
    "Column",
    "ColumnType",
    "PackedProducts",
    "PackedRejects",
    "Payloads",
    "Product",
    "ReadingOptions",
    "Reject",
    "RejectLimit",
    "Schema",
    "Value",
    "as_text",
    "catalog_fingerprint",
    "check_category",
    "check_scored",
    "count_reasons",
    "is_study",
    "learned_text",
    "learned_value",
    "parse",
    "point_id",
    "quoted",
    "read_catalog",
    "read_rejects",
    "spool_products",
    "spool_rejects",
    "still_scored",
    "write_rejects",
]
