"""WooCommerce's own product export.

Names are those of the "Product CSV Import Schema" (github.com/woocommerce/woocommerce/wiki); a shop in another language
exports them in that language, which `--map` cannot mend. Several pictures, categories or tags share a cell, with commas
between them and `\\,` for a comma of their own.

A variable product and its variations are rows that may stand far apart. The product is one row of ours. A variation
with pictures of its own is another, of the same group, with the product's category and brand where it has none; one
without is part of its product, and no row. For that the table is surveyed once: of each product its id, SKU,
category, brand and first price are remembered, nothing else.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .columns import Headers
from .feed import GROUP, ID, IMAGES, Feed
from .options import DERIVED, Options
from .rows import Raw
from .values import distinct, levels, listed, plain, text, truth, words

MAKER = "woocommerce"

_FIELDS = {
    "title": ("Name",),
    "description": ("Description", "Short description"),
    "brand": ("Brands", "Brand"),
    "category_path": ("Categories",),
    "price": ("Regular price",),
    "sale_price": ("Sale price",),
    "tags": ("Tags",),
    "published": ("Published",),
    "sku": ("SKU",),
    "gtin": ("GTIN, UPC, EAN, or ISBN",),
}
_TELLING = ("Regular price", "Categories", "Published", "In stock?", "Visibility in catalog")
_ATTRIBUTE = ("Attribute {} name", "Attribute {} value(s)")
_UNUSED = ("attribute_", "download_", "meta_", "weight_", "length_", "width_", "height_", "date_sale_price_")
_UNUSED_NAMES = words(
    "type short_description is_featured tax_status tax_class in_stock stock low_stock_amount backorders_allowed parent "
    "sold_individually allow_customer_reviews purchase_note shipping_class grouped_products upsells cross_sells "
    "external_url button_text position swatches_attributes"
)
_FORMULAS = tuple("=+-@")


@dataclass(slots=True)
class Families:
    """What variations and their products need of each other.

    Attributes:
        ids: id of each product that is no variation, by its id and its SKU, as `Parent` names them.
        prices: first price and sale price among a product's variations, by what `Parent` says.
        shared: category path and brand of each product that has variations, by id.
    """

    ids: dict[str, str] = field(default_factory=dict)
    prices: dict[str, tuple[str, str]] = field(default_factory=dict)
    shared: dict[str, tuple[str, str]] = field(default_factory=dict)


def recognise(columns: Sequence[str]) -> Feed | None:
    """The export that these headers are."""
    headers = Headers(columns)
    if not headers.has("Type", "Name", "Images") or not headers.any("ID", "SKU") or not headers.any(*_TELLING):
        return None
    sources = {ID: headers.all("ID", "SKU"), IMAGES: headers.all("Images")}
    sources |= {ours: found for ours, theirs in _FIELDS.items() if (found := headers.all(*theirs))}
    derived = dict(DERIVED) if headers.numbered(*_ATTRIBUTE) else {}
    if "category_path" in sources:
        derived |= {"category": "first level of Categories", "categories": "Categories, if several"}
    if stock := headers.get("In stock?"):
        derived["in_stock"] = stock
    if parent := headers.get("Parent"):
        derived[GROUP] = f"{parent} or the product's own id"
    attributes = [column for pair in headers.numbered(*_ATTRIBUTE) for column in pair]
    helpers = (*attributes, *headers.all("ID", "SKU", "Type", "Parent", "In stock?", "Images", *_telling_values()))
    used = {column for found in sources.values() for column in found}
    unused = {*_UNUSED_NAMES, *(name for name in headers.folded if name.startswith(_UNUSED))}
    return Feed(MAKER, "WooCommerce export", sources, derived, helpers, headers.others(used, unused), tuple(columns))


def _telling_values() -> tuple[str, ...]:
    return ("Categories", "Brands", "Brand", "Regular price", "Sale price")


def telling(feed: Feed) -> set[str]:
    """The columns that a survey reads."""
    headers = Headers(feed.columns_seen)
    ours = (ID, "category_path", "brand", "price", "sale_price")
    named = (column for each in ours for column in feed.sources.get(each, ()))
    return {*named, *headers.all("ID", "SKU", "Type", "Parent", *_telling_values())}


def survey(feed: Feed, rows: Iterable[Any]) -> Families:
    """One pass over all rows."""
    layout = _Layout(feed)
    found = Families()
    for row in rows:
        if row.reason:
            continue
        fields = row.fields
        if layout.is_variation(fields):
            price = (text(feed.first(fields, "price")), text(feed.first(fields, "sale_price")))
            if any(price):
                found.prices.setdefault(layout.parent(fields), price)
            continue
        own = text(feed.first(fields, ID))
        found.ids.setdefault(own, own)
        if sku := layout.cell(fields, layout.sku):
            found.ids.setdefault(sku, own)
        if layout.is_variable(fields):
            shared = (text(feed.first(fields, "category_path")), text(feed.first(fields, "brand")))
            found.shared[own] = (sys.intern(shared[0]), sys.intern(shared[1]))
    return found


def products(feed: Feed, rows: Iterable[Any], families: Families) -> Iterator[Any]:
    """Products, and variations with pictures of their own; other variations are part of their products."""
    layout = _Layout(feed)
    for row in rows:
        if row.reason:
            yield dataclasses.replace(row, fields=feed.named(row.fields))
            continue
        fields = feed.named({column: _unescaped(value) for column, value in row.fields.items()})
        if layout.is_variation(row.fields):
            named = layout.parent(row.fields)
            parent = families.ids.get(named)
            if parent is not None and not layout.has_pictures(row.fields):
                continue
            fields[GROUP] = parent or named
            path, brand = families.shared.get(parent or "", ("", ""))
            _fill(fields, category_path=path, brand=brand)
        elif layout.is_variable(row.fields):
            fields[GROUP] = own = text(fields.get(ID))
            if "price" not in fields:
                names = (own, layout.cell(row.fields, layout.sku))
                price, sale = next((families.prices[name] for name in names if name in families.prices), ("", ""))
                _fill(fields, price=price, sale_price=sale)
        yield dataclasses.replace(row, fields=_finished(layout, fields, row.fields))


def _fill(fields: dict[str, Raw], **values: str) -> None:
    for column, value in values.items():
        if value:
            fields.setdefault(column, value)


class _Layout:
    """The table's columns for what no column of ours is taken from directly."""

    def __init__(self, feed: Feed) -> None:
        headers = Headers(feed.columns_seen)
        self.sku = headers.get("SKU")
        self._type, self._parent = headers.get("Type"), headers.get("Parent")
        self._stock = headers.get("In stock?")
        self._images = feed.sources.get(IMAGES, ())
        self.attributes = headers.numbered(*_ATTRIBUTE)

    def cell(self, fields: dict[str, Raw], column: str | None) -> str:
        """A cell's text."""
        return text(fields.get(column)) if column else ""

    def is_variation(self, fields: dict[str, Raw]) -> bool:
        """Whether the row is a variation of another."""
        return "variation" in listed(self.cell(fields, self._type).lower())

    def is_variable(self, fields: dict[str, Raw]) -> bool:
        """Whether the row has variations."""
        return "variable" in listed(self.cell(fields, self._type).lower())

    def parent(self, fields: dict[str, Raw]) -> str:
        """The id or the SKU of a variation's product."""
        return self.cell(fields, self._parent).removeprefix("id:").strip()

    def in_stock(self, fields: dict[str, Raw]) -> bool | None:
        """`backorder` is what can be ordered, but is not in stock."""
        stock = self.cell(fields, self._stock)
        return False if stock.lower() == "backorder" else truth(stock)

    def has_pictures(self, fields: dict[str, Raw]) -> bool:
        """Whether the row has pictures of its own."""
        return any(self.cell(fields, column) for column in self._images)


def _finished(layout: _Layout, fields: dict[str, Raw], raw: dict[str, Raw]) -> dict[str, Raw]:
    options = Options()
    for name, values in layout.attributes:
        options.add(text(raw.get(name)), *listed(raw.get(values)))
    options.fill(fields)
    if "description" in fields:
        # The exporter writes line breaks as two characters.
        fields["description"] = plain(text(fields["description"]).replace("\\n", " "))
    if paths := distinct(" > ".join(levels(path)) for path in listed(fields.pop("category_path", None))):
        fields["category_path"] = paths[0]
        fields.setdefault("category", levels(paths[0])[0])
        if len(paths) > 1:
            fields["categories"] = list(paths)
    if "tags" in fields:
        fields["tags"] = list(listed(fields["tags"]))
    if (published := truth(fields.get("published"))) is not None:
        fields["published"] = published
    if (stock := layout.in_stock(raw)) is not None:
        fields.setdefault("in_stock", stock)
    return fields


def _unescaped(value: Raw) -> Raw:
    """Without the quote that the exporter puts before what a spreadsheet would run."""
    if isinstance(value, str) and value.startswith("'") and value[1:].startswith(_FORMULAS):
        return value[1:]
    return value
