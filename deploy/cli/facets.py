"""`likewise facets`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from likewise.deploy import options
from likewise.deploy.search_options import search_options
from likewise.search import SearchClient, SearchOptions
from likewise.search.filtering.facets import BINS, Bin, has_order
from likewise.search.showing.rendering import label, one_line

BAR = 40
"""Characters of the longest bar."""


@click.command()
@click.argument("column")
@options.store
@options.version
@search_options("where")
@options.option("--bins", type=click.IntRange(1, 1000), help=f"About how many ranges of a histogram. Default: {BINS}.")
@options.as_json
def facets(
    column: str, store: str, version: str | None, searching: SearchOptions, bins: int | None, as_json: bool
) -> None:
    """Count products by the values of COLUMN, the most frequent first; numbers and dates by ranges.

    --json prints one object, value to count. Of numbers and dates it prints a list of {"from", "to", "count"}: from
    "from" to under "to", the last one up to it.

    \b
    likewise facets brand --store index/ --where 'price<50'
    likewise facets price --store index/ --bins 5 --json
    """
    with SearchClient.open(store, version=version, warm=False) as client:
        if bins is not None or has_order(column, client.manifest.schema):
            ranges = client.histogram(column, searching.where, bins=bins or BINS)
            found: Any = [{"from": each.low, "to": each.high, "count": each.count} for each in ranges]
            rows = _ranges(ranges)
        else:
            found = client.facets(column, searching.where)
            rows = [(one_line(label(value)), count) for value, count in found.items()]
    if as_json:
        click.echo(json.dumps(found))
    elif not rows:
        click.echo(f"No product has a value of {column}.")
    else:
        _print(rows)


def _ranges(bins: Sequence[Bin]) -> list[tuple[str, int]]:
    return [(f"{each.low} to {each.high}", each.count) for each in bins]


def _print(rows: Sequence[tuple[str, int]]) -> None:
    """As lines, with bars for people."""
    width = max(len(name) for name, _ in rows)
    if not sys.stdout.isatty():
        for name, count in rows:
            click.echo(f"{name:{width}}  {count}")
        return
    from rich.bar import Bar
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    most = max(count for _, count in rows)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="ellipsis", max_width=60, no_wrap=True)
    table.add_column(justify="right")
    table.add_column(width=BAR)
    for name, count in rows:
        # As a text: a name may look like rich's own marks.
        table.add_row(Text(name), f"{count:,}", Bar(max(most, 1), 0, count, width=BAR))
    Console().print(table)
