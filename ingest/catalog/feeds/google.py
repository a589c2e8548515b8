"""Google Merchant Center's product data, as XML or as text with tabs.

Names and values are those of the product data specification (support.google.com/merchants/answer/7052112), forms
those of its specifications of RSS 2.0 (answer/14987622), Atom 1.0 (answer/14990811) and text. Every item is a product
of its own; variants share an `item_group_id`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .columns import Headers
from .feed import Feed
from .rows import Raw
from .values import levels, listed, plain, text, words

MAKER = "google"

_FIELDS = {
    "title": ("title", "structured_title"),
    "description": ("description", "structured_description", "summary"),
    "brand": ("brand",),
    "category_path": ("product_type", "google_product_category"),
    "colour": ("color",),
    "gender": ("gender",),
    "size": ("size",),
    "price": ("price",),
    "sale_price": ("sale_price",),
    "availability": ("availability",),
    "group": ("item_group_id",),
}
_TELLING = ("price", "availability", "link", "title")
_UNUSED = words(
    "shipping shipping_weight shipping_length shipping_width shipping_height shipping_label tax tax_category updated "
    "ads_redirect mobile_link canonical_link google_product_category product_type structured_title "
    "structured_description summary installment subscription_cost loyalty_program author "
    "guid pubdate content contributor published"
)
_IN_STOCK = {"in_stock": True, "out_of_stock": False, "preorder": False, "backorder": False}


def recognise(columns: Sequence[str]) -> Feed | None:
    """The feed that these headers are; the specification's names, with `g:` or spaces for underscores too."""
    headers = Headers(columns, prefix="g_")
    if not headers.has("id", "image_link") or not headers.any(*_TELLING):
        return None
    sources = {"id": headers.all("id"), "images": headers.all("image_link", "additional_image_link")}
    sources |= {ours: found for ours, theirs in _FIELDS.items() if (found := headers.all(*theirs))}
    derived = {}
    if "category_path" in sources:
        derived["category"] = f"first level of {' or '.join(sources['category_path'])}"
    if "availability" in sources:
        derived["in_stock"] = sources["availability"][0]
    helpers = (*sources.get("category_path", ()), *sources.get("availability", ()))
    rest = headers.others({column for found in sources.values() for column in found}, _UNUSED)
    return Feed(MAKER, "Google Merchant feed", sources, derived, helpers, rest, tuple(columns))


def products(feed: Feed, rows: Iterable[Any]) -> Iterator[Any]:
    """Each item as a product."""
    for row in rows:
        fields = feed.named(row.fields) if row.reason else _product(feed, row.fields)
        yield dataclasses.replace(row, fields=fields)


def _product(feed: Feed, fields: dict[str, Raw]) -> dict[str, Raw]:
    found = feed.named(fields)
    for column in ("title", "description"):
        if isinstance(value := found.get(column), dict):
            found[column] = text(value.get("content"))
    if "description" in found:
        found["description"] = plain(text(found["description"]))
    # A repeated product_type: Google itself goes by the first.
    path = levels(text(feed.first(fields, "category_path")))
    if path:
        found["category_path"] = " > ".join(path)
        found.setdefault("category", path[0])
    if isinstance(found.get("colour"), list):
        found["colour"] = "/".join(listed(found["colour"]))
    stock = _IN_STOCK.get(text(feed.first(fields, "availability")).lower().replace(" ", "_"))
    if stock is not None:
        found["in_stock"] = stock
    return found
