"""From a maker's rows to one row a product."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from . import google, shopify, woocommerce
from .feed import ID, Feed
from .rows import Row, Table, kept


def survey(feed: Feed, table: Any) -> woocommerce.Families | None:  # noqa: ANN401 - any table with columns and rows()
    """What has to be known of all rows before the first is a product; none for makers whose rows follow each other.

    Reads the table's few telling columns once.
    """
    if feed.maker != woocommerce.MAKER:
        return None
    return woocommerce.survey(feed, table.rows(woocommerce.telling(feed)))


def combine(feed: Feed, rows: Iterable[Any], families: woocommerce.Families | None = None) -> Iterator[Any]:
    """One row a product, with our columns, in the order of the table; rows that are broken pass with their lines.

    Args:
        rows: the table's, of any dataclass with `line`, `fields`, `reason` and `detail`, which the products are too.
        families: from `survey`, which WooCommerce's exports need for variations to find their parents.
    """
    if feed.maker == woocommerce.MAKER:
        return woocommerce.products(feed, rows, families or woocommerce.Families())
    makers = {google.MAKER: google.products, shopify.MAKER: shopify.products}
    return makers[feed.maker](feed, rows)


def products(feed: Feed, table: Any) -> Table:  # noqa: ANN401 - any table with path, columns and rows()
    """The table that a feed makes of a maker's: our columns, one row a product.

    Its rows are read anew on each pass, with only those columns of the maker's that those to keep are taken from.
    """
    found: list[woocommerce.Families | None] = []

    def stream(keep: Collection[str] | None) -> Iterator[Row]:
        if not found:
            found.append(survey(feed, table))
        for row in combine(feed, table.rows(feed.needs(keep)), found[0]):
            wanted = None if keep is None else {*keep, ID}
            yield Row(row.line, kept(row.fields, wanted), row.reason, row.detail)

    return Table(table.path, feed.columns, str(feed), stream)
