"""How both stores make and search graphs of neighbours (HNSW); chosen by measurement, see `likewise bench million`."""

from __future__ import annotations

from ..filters import Filter, keys

LINKS = 16
"""Neighbours of a point in a graph (`m`). With 12 a search with two filters misses three times as many."""

LARGE = 50_000
"""Points from which on a version counts as large: where work has to be spared, and a folder sorts them first."""

CANDIDATES, CANDIDATES_OF_MANY = 100, 64
"""Points among which they are chosen (`ef_construct`), in small and in large versions. In large ones 100 take a quarter
longer and find nothing more; in small ones 64 miss one product in a thousand."""

PAYLOAD_LINKS = 8
"""Neighbours with the same value of a payload key (`payload_m`); twice as many take a third longer."""

SCANNED_KB = 2_000
"""Vectors up to which a filter's points in a segment are compared one by one, without the graph
(`full_scan_threshold`): 5,000 of 100 numbers. The more, the longer a search with a filter takes and the fewer graphs
are made; the fewer, the more a search with two filters misses."""

MOST_CANDIDATES = 128
"""Candidates that a search keeps in each graph where there are few."""

_BUDGET = {"whole": (384, 48), "thinned": (512, 64)}
"""Candidates in all graphs together, and the least in each."""

LINKED = 48
"""Candidates that are enough in a cluster whose points are linked among themselves."""


def candidates(points: int) -> int:
    """`ef_construct` of a version with so many points."""
    return CANDIDATES if points <= LARGE else CANDIDATES_OF_MANY


def effort(where: Filter, graphs: int, cluster: str | None = None, *, linked: bool = False) -> int:
    """Candidates that a search with a filter keeps in each graph (`hnsw_ef`).

    Args:
        where: the filter; more are needed where it thins a graph out.
        graphs: that points are built into. What is in one is near to nothing in the others, as a rule: fewer do in each
            of many. With 64 in each of two, one hit in fifty is missed; in each of eight, one in two hundred.
        cluster: key of the clusters, where a graph is of a few of them only, whose points lie together.
        linked: whether there are graphs of each cluster's points as well.
    """
    thinned = any(key != cluster for key in keys(where))
    if linked and not thinned:
        return LINKED
    together, least = _BUDGET["thinned" if thinned else "whole"]
    return max(least, min(MOST_CANDIDATES, together // graphs))
