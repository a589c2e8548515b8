"""Hits and products as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from likewise.ingest.index import Hit

if TYPE_CHECKING:
    import pandas as pd


def to_frame(rows: Iterable[Hit | Mapping[str, Any]]) -> pd.DataFrame:
    """Hits, or payloads such as those of `SearchClient.products`, as a table with one row each.

    Hits have the columns `rank` (from 1), `id`, `score`, and then their payload's; payloads have their own.
    """
    import pandas as pd

    table = [
        {"rank": rank, "id": row.id, "score": row.score, **row.payload} if isinstance(row, Hit) else row
        for rank, row in enumerate(rows, 1)
    ]
    return pd.DataFrame(table)
