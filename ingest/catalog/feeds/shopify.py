"""Shopify's product export.

Names are those of "Using CSV files to import and export products" (help.shopify.com/en/manual/products/import-export/
using-csv): today's (`URL handle`, `Product image URL`, `Price`, …) and those that exports had before and still mix
with them (`Handle`, `Image Src`, `Variant Price`, …). A product is as many rows as it has variants or pictures,
whichever are more, one after the other and with one handle; only the first has the title and what else is the
product's. Prices have no currency and a point before the decimals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .columns import Headers, folded
from .feed import ID, IMAGES, Feed
from .options import DERIVED
from .shopify_product import Layout, ShopifyProduct
from .values import text, words

MAKER = "shopify"
MOST_ROWS = 5_000
"""Of one handle; Shopify allows 2,048 variants and 250 pictures."""

_FIELDS = {
    "title": ("Title",),
    "description": ("Description", "Body (HTML)"),
    "brand": ("Vendor",),
    "category_path": ("Type", "Product category"),
    "gender": ("Google Shopping / Gender",),
    "price": ("Price", "Variant Price"),
    "compare_at_price": ("Compare-at price", "Variant Compare At Price"),
    "tags": ("Tags",),
    "published": ("Published on online store", "Published"),
    "status": ("Status",),
}
_COLOUR = "product_metafields_shopify_color_pattern"
"""Shopify's own colours, with semicolons between them, in `Color (product.metafields.shopify.color-pattern)`."""

_POSITION = ("Image position",)
_VARIANT_IMAGE = ("Variant image URL", "Variant Image")
_STOCK = ("Inventory quantity", "Variant Inventory Qty")
_TRACKER = ("Inventory tracker", "Variant Inventory Tracker")
_OPTION = ("Option{} name", "Option{} value")
_PICTURE = ("Product image URL", "Image Src")
_UNUSED = (
    "variant_",
    "google_shopping_",
    "option",
    "image_",
    "seo_",
    "unit_price_",
    "price_",
    "compare_at_price_",
    "included_",
)
_UNUSED_NAMES = words(
    "type product_category sku barcode cost_per_item charge_tax tax_code inventory_tracker inventory_quantity "
    "gift_card continue_selling_when_out_of_stock weight_value_grams weight_unit_for_display requires_shipping "
    "fulfillment_service custom_collection"
)


def recognise(columns: Sequence[str]) -> Feed | None:
    """The export that these headers are."""
    headers = Headers(columns)
    handle = headers.all("URL handle", "Handle")[:1]
    pictures = headers.all(*_PICTURE)
    if not handle or not pictures or not headers.has("Title"):
        return None
    sources = {ID: handle, IMAGES: pictures}
    sources |= {ours: found for ours, theirs in _FIELDS.items() if (found := headers.all(*theirs))}
    if colour := next((name for name in columns if folded(name).endswith(_COLOUR)), None):
        sources["colour"] = (colour,)
    layout = _layout(headers)
    derived = dict(DERIVED) if layout.options else {}
    if "category_path" in sources:
        derived["category"] = f"first level of {' or '.join(sources['category_path'])}"
    if "price" in sources:
        derived |= {"price_min": "least of the variants", "price_max": "most of the variants"}
    if layout.stock:
        derived["in_stock"] = f"{layout.stock} of any variant"
    helpers = (*layout.columns, *sources.get("category_path", ()), *sources.get("price", ()))
    used = {column for found in sources.values() for column in found}
    unused = {*_UNUSED_NAMES, *(name for name in headers.folded if name.startswith(_UNUSED))}
    return Feed(MAKER, "Shopify export", sources, derived, helpers, headers.others(used, unused), tuple(columns))


def products(feed: Feed, rows: Iterable[Any]) -> Iterator[Any]:
    """One product for all rows of a handle that follow each other, at the line of the first.

    A handle that comes back later is a second product of the same id, for the reader to reject. Broken rows pass.
    """
    layout = _layout(Headers(feed.columns_seen))
    found: ShopifyProduct | None = None
    for row in rows:
        if row.reason:
            yield dataclasses.replace(row, fields=feed.named(row.fields))
            continue
        handle = text(feed.first(row.fields, ID))
        if found and handle and handle == found.handle:
            if found.rows < MOST_ROWS:
                found.add(row.fields)
            else:
                detail = f"the handle {handle[:200]!r} has more than {MOST_ROWS:,} rows"
                yield dataclasses.replace(row, fields={ID: handle}, reason="too-long", detail=detail)
            continue
        if found:
            yield found.row()
        found = ShopifyProduct(feed, layout, row, handle)
    if found:
        yield found.row()


def _layout(headers: Headers) -> Layout:
    return Layout(
        position=headers.get(*_POSITION),
        variant_image=headers.get(*_VARIANT_IMAGE),
        stock=headers.get(*_STOCK),
        tracker=headers.get(*_TRACKER),
        options=tuple((name, value) for name, value in headers.numbered(*_OPTION)),
    )
