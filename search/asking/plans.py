"""Plans of searches, made once for each of the ways in which a shop mostly asks."""

from __future__ import annotations

from functools import lru_cache, partial

from likewise.ingest.index import Manifest
from likewise.ingest.index.filters import Filter

from ..filtering.conditions import TextConditions
from ..ordering.rules import Rules
from .options import SearchOptions
from .search_plan import SearchPlan

KEPT = 1000
LONG = 4000
"""Letters of conditions that nobody asks with twice."""


class Plans:
    """The plans for one version of an index.

    Args:
        manifest: of the version.
        standing: what hits meet in any case.
        rules: the merchandiser's.
    """

    def __init__(self, manifest: Manifest, standing: Filter, rules: Rules) -> None:
        self._make = partial(SearchPlan.of, manifest=manifest, standing=standing, rules=rules)
        self._kept = lru_cache(KEPT)(self._make)

    def of(self, options: SearchOptions) -> SearchPlan:
        """The plan of a search.

        Raises:
            ParameterError: see `SearchPlan.of`.
        """
        return (self._kept if _is_usual(options) else self._make)(options)


def _is_usual(options: SearchOptions) -> bool:
    """Whether others may ask in the same way; and whether options that are equal mean the same."""
    # Python takes the values 1 and True for equal; an index does not.
    if options.boost or not (options.where is None or isinstance(options.where, TextConditions)):
        return False
    return sum(map(len, options.where_texts)) <= LONG
