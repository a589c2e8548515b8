"""Which maker a table comes from, by its headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import google, shopify, woocommerce
from .feed import Feed

MAKERS = (google.recognise, shopify.recognise, woocommerce.recognise)
"""Their headers have no table in common."""


def recognise(columns: Sequence[str], overrule: Mapping[str, str] | None = None) -> Feed | None:
    """The feed that a table with these columns is, or none.

    Args:
        overrule: our columns to the maker's, where the feed's own choice is not wanted.

    Raises:
        ParameterError: `overrule` names a column that the table does not have.
    """
    for maker in MAKERS:
        if feed := maker(columns):
            return feed.overruled(overrule or {})
    return None
