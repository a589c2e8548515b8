"""Text of command-line options as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from likewise.ingest.errors import ParameterError

LAYOUT = ("shards", "replication_factor", "write_consistency", "on_disk", "quantization")


def used_layout(settings: dict[str, Any]) -> dict[str, Any]:
    """The layout options that were used, taken out of a command's settings."""
    taken = {name: settings.pop(name) for name in LAYOUT}
    return {name: value for name, value in taken.items() if value is not None}


def parse_clusters(text: str) -> int | str:
    """A number of clusters, or `auto`.

    Raises:
        ParameterError: neither.
    """
    if text == "auto" or (text.isdigit() and int(text) > 0):
        return text if text == "auto" else int(text)
    raise ParameterError(f"--clusters takes a positive number or `auto`; received {text!r}.")


def parse_only(options: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`COLUMN=VALUE` options as pairs; a single empty one is no restriction.

    Raises:
        ParameterError: one without a column or `=`.
    """
    pairs = []
    for each in [] if list(options) == [""] else options:
        column, equals, value = each.partition("=")
        if not equals or not column:
            raise ParameterError(f"--only {each!r} is not COLUMN=VALUE; for example masterCategory=Apparel.")
        pairs.append((column, value))
    return tuple(pairs)


def parse_attributes(text: str) -> tuple[str, ...]:
    """Names of attributes, separated by commas.

    Raises:
        ParameterError: one that no catalog has.
    """
    from likewise.ingest.catalog import FASHION

    known = FASHION.role("filtered")
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or any(name not in known for name in names):
        raise ParameterError(f"--attributes received {text!r}; known: {', '.join(known)}.")
    return names


def parse_pairs(option: str, pairs: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping; the values get their types when the recipe is made.

    Raises:
        ParameterError: one without a name or `=`.
    """
    parsed = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"{option} {pair!r} is not NAME=VALUE; for example perplexity=50.")
        parsed[name.strip()] = value.strip()
    return parsed
