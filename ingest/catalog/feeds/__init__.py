"""The files that every shop already has: Google Merchant feeds, Shopify and WooCommerce exports, the public data.

A table comes in, with the columns of whoever made it; the same table goes out with one row a product and our names
for its columns. The catalog's reader asks `recognise` for every table that it opens, prints what it finds, and reads
`products` instead of the table; files that are no tables at all (XML, a folder of JSON) are opened here as tables.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .combining import combine, products, survey
    from .fashion import join_images, open_styles_json
    from .feed import Feed
    from .recognition import recognise
    from .rows import Raw, Row, Table
    from .xml_feed import open_xml_feed

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "combining": ["combine", "products", "survey"],
        "fashion": ["join_images", "open_styles_json"],
        "feed": ["Feed"],
        "recognition": ["recognise"],
        "rows": ["Raw", "Row", "Table"],
        "xml_feed": ["open_xml_feed"],
    },
)

__all__ = [
    "Feed",
    "Raw",
    "Row",
    "Table",
    "combine",
    "join_images",
    "open_styles_json",
    "open_xml_feed",
    "products",
    "recognise",
    "survey",
]
