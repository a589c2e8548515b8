"""What a feed is read from and turned into: tables whose rows can be read more than once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..tables import Raw, Row, Table

__all__ = ["Raw", "Row", "Table", "kept"]


def kept(fields: Mapping[str, Raw], keep: Collection[str] | None) -> dict[str, Raw]:
    """Those fields that are to `keep`, or all of them."""
    return {column: value for column, value in fields.items() if keep is None or column in keep}
