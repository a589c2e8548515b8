"""What an assistant is told about a catalog, so that its first call is a good one."""

from __future__ import annotations

from likewise.ingest.errors import LikewiseError

from ..client import SearchClient
from ..filtering.facets import has_order

VALUES = 12
"""Most frequent values of a column that are told."""

LONGEST = 60
"""Characters of a value."""


def about(client: SearchClient) -> str:
    """The columns of an index, what can be filtered by and with which values."""
    manifest = client.manifest
    lines = [
        f"The catalog has {client.count():,} products. Filters are conditions such as gender=Men, colour!=Red, "
        "price<50, price=10..50, brand=* (has one); each has to hold, and those with = on one column are alternatives.",
        "Columns to filter by:",
    ]
    lines += [f"- {column}: {_column(client, column)}" for column in manifest.schema.role("filtered")]
    others = [name for name in manifest.schema.names if name not in manifest.schema.role("filtered")]
    if others:
        lines.append(f"Columns that are only shown: {', '.join(others)}.")
    learned = manifest.capabilities.predicts
    if learned:
        lines.append(f"What a picture shows can be told in the words of: {', '.join(learned)}.")
    return "\n".join(lines)


def _column(client: SearchClient, column: str) -> str:
    kind = client.manifest.schema.type_of(column)
    try:
        if has_order(column, client.manifest.schema):
            bins = client.histogram(column, bins=1)
            return f"{kind}, from {bins[0].low} to {bins[-1].high}" if bins else f"{kind}, no values"
        found = list(client.facets(column))
    except LikewiseError:
        # What cannot be counted can still be filtered by.
        return kind
    shown = ", ".join(str(value)[:LONGEST] for value in found[:VALUES])
    return f"{kind}: {shown}{f' and {len(found) - VALUES:,} more' if len(found) > VALUES else ''}"
