"""Hits and products as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from likewise.ingest.index import Hit

if TYPE_CHECKING:
    import pandas as pd

OURS = ("rank", "id", "score", "matched_image")
"""Columns of a hit beside its payload's; one gives way to a payload's of that name by an underscore before it."""


def to_frame(rows: Iterable[Hit | Mapping[str, Any]]) -> pd.DataFrame:
    """Hits, or payloads such as those of `SearchClient.products`, as a table with one row each.

    Hits have the columns `rank` (from 1), `id`, `score`, `matched_image` where products have several pictures, and then
    their payload's; payloads have their own. Values keep their types: whole numbers and truth values stay what they are
    also where some products have none, lists stay lists, dates texts.
    """
    import pandas as pd

    found = list(rows)
    names = _names([row for row in found if isinstance(row, Hit)])
    table = [_of_hit(rank, row, names) if isinstance(row, Hit) else row for rank, row in enumerate(found, 1)]
    frame = pd.DataFrame(table)
    for column in frame.columns:
        kind = _with_gaps([row.get(column) for row in table])
        if kind is not None:
            frame[column] = pd.array([row.get(column) for row in table], dtype=kind)
    return frame


def _names(hits: Sequence[Hit]) -> dict[str, str]:
    """Ours to the names that they have beside these payloads."""
    # The payload's own key for the id has given way by the same rule.
    taken = {key for hit in hits for key, value in hit.payload.items() if (key.lstrip("_"), value) != ("id", hit.id)}
    names = {}
    for ours in OURS:
        name = ours
        while name in taken:
            name = f"_{name}"
        names[ours] = name
    return names


def _of_hit(rank: int, hit: Hit, names: Mapping[str, str]) -> dict[str, Any]:
    own = {"rank": rank, "id": hit.id, "score": hit.score}
    if hit.image is not None:
        own["matched_image"] = hit.image
    return {names[key]: value for key, value in own.items()} | hit.payload


def _with_gaps(values: Sequence[Any]) -> Any:  # noqa: ANN401 - a dtype's name, as pandas-stubs spell them one by one
    """The dtype of whole numbers or truth values of which some are missing, which else become floats or objects."""
    kinds = {type(value) for value in values if value is not None}
    if None not in values:
        return None
    return "Int64" if kinds == {int} else "boolean" if kinds == {bool} else None
