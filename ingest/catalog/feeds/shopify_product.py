"""One product of Shopify's export, put together from its rows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .feed import IMAGES, Feed
from .options import Options
from .rows import Raw
from .values import addresses, distinct, levels, listed, one_or_all, plain, text, truth

DEFAULT_OPTION = "Title"
"""Shopify's name for the option of a product without any."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The table's columns for what no column of ours is taken from directly; none where the table lacks one."""

    position: str | None
    variant_image: str | None
    stock: str | None
    tracker: str | None
    options: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> list[str]:
        """All of them."""
        single = (self.position, self.variant_image, self.stock, self.tracker)
        return [*filter(None, single), *(column for pair in self.options for column in pair)]


class ShopifyProduct:
    """A product while its rows come in: the first row's values, all pictures, options, prices and stock."""

    def __init__(self, feed: Feed, layout: Layout, row: Any, handle: str) -> None:  # noqa: ANN401 - any table's row
        self.handle = handle
        self.rows = 0
        self._feed, self._layout, self._row = feed, layout, row
        self._named: dict[str, Raw] = {}
        self._pictures: list[tuple[float, str]] = []
        self._variant_pictures: list[str] = []
        self._options = Options()
        self._option_names = [""] * len(layout.options)
        self._prices: dict[Decimal, str] = {}
        self._in_stock: bool | None = None
        self.add(row.fields)

    def add(self, fields: dict[str, Raw]) -> None:
        """Take one more row."""
        self.rows += 1
        # Values of the product stand in its first row; those that only a later one has are taken as well.
        named = self._feed.named(fields)
        if self.rows > 1:
            named.pop("compare_at_price", None)  # another variant's
        self._named = named | self._named
        position = _number(_cell(fields, self._layout.position))
        for picture in self._feed.pictures(fields):
            self._pictures.append((float("inf") if position is None else float(position), picture))
        self._variant_pictures += addresses(_cell(fields, self._layout.variant_image))
        if self._add_options(fields) or self.rows == 1:
            self._add_variant(fields)

    def _add_options(self, fields: dict[str, Raw]) -> bool:
        """Take the row's options; whether it has any, which a row for a further picture has not."""
        found = False
        for at, (name, value) in enumerate(self._layout.options):
            # Only a product's first row names its options.
            self._option_names[at] = text(fields.get(name)) or self._option_names[at]
            found = found or bool(text(fields.get(value)))
            if self._option_names[at] != DEFAULT_OPTION:
                self._options.add(self._option_names[at], text(fields.get(value)))
        return found

    def _add_variant(self, fields: dict[str, Raw]) -> None:
        price = text(self._feed.first(fields, "price"))
        if (amount := _number(price)) is not None:
            self._prices.setdefault(amount, price)
        stock, tracker = self._layout.stock, self._layout.tracker
        if stock is None:
            return
        quantity = _number(_cell(fields, stock))
        untracked = tracker is not None and tracker in fields and not text(fields.get(tracker))
        if untracked or quantity is not None:
            self._in_stock = bool(self._in_stock) or untracked or (quantity is not None and quantity > 0)

    def row(self) -> Any:  # noqa: ANN401 - of the class that came in
        """The product as one row."""
        fields = self._named
        ordered = [picture for _, picture in sorted(self._pictures, key=lambda each: each[0])]
        if pictures := distinct([*ordered, *self._variant_pictures]):
            fields[IMAGES] = list(pictures)
        self._options.fill(fields)
        if "description" in fields:
            fields["description"] = plain(text(fields["description"]))
        if path := levels(text(fields.get("category_path"))):
            fields.setdefault("category", path[0])
        if "colour" in fields and isinstance(colours := fields["colour"], str):
            fields["colour"] = one_or_all(distinct(each.strip() for each in colours.split(";")))
        if "tags" in fields:
            fields["tags"] = list(listed(fields["tags"]))
        if (published := truth(fields.get("published"))) is not None:
            fields["published"] = published
        if self._prices:
            fields["price_min"], fields["price_max"] = self._prices[min(self._prices)], self._prices[max(self._prices)]
        if self._in_stock is not None:
            fields.setdefault("in_stock", self._in_stock)
        return dataclasses.replace(self._row, fields=fields)


def _number(value: Raw) -> Decimal | None:
    try:
        number = Decimal(text(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _cell(fields: dict[str, Raw], column: str | None) -> Raw:
    return fields.get(column) if column else None
