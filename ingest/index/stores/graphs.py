"""How both stores make and search graphs of neighbours (HNSW); chosen by measurement, see `likewise bench million`."""

from __future__ import annotations

from ..filters import Filter, keys

LINKS = 16
"""Neighbours of a point in a graph (`m`). With 12 a search with two filters misses three times as many."""

CANDIDATES = 64
"""Points among which they are chosen (`ef_construct`). 100 take a quarter longer, and nothing is found that 64 miss."""

PAYLOAD_LINKS = 8
"""Neighbours with the same value of a payload key (`payload_m`); twice as many take a third longer."""

SCANNED_KB = 4_000
"""Vectors up to which a filter's points in a segment are compared one by one, without the graph
(`full_scan_threshold`): 10,000 of 100 numbers. The more, the longer a search with a filter takes and the fewer graphs
are made; the fewer, the more a search with two filters misses."""

EFFORT, FILTERED_EFFORT = 96, 128
"""Candidates that a search keeps in each graph (`hnsw_ef`), by default as many as were kept when it was made."""


def effort(where: Filter, cluster: str | None = None) -> int:
    """Candidates that a search with a filter keeps: more where it thins a graph out.

    Args:
        where: the filter.
        cluster: key of the clusters, where a graph is of a few of them only.
    """
    return FILTERED_EFFORT if any(key != cluster for key in keys(where)) else EFFORT
