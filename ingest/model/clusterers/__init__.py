"""Clusterers by name: index vectors of unit length come in, cluster numbers go out.

A new one is one new file and one line in `CLUSTERERS`. A model is fitted with one of them, and a search asks it for
the clusters nearest to a query.
"""

from ...registry import Registry
from .base import Clusterer

__all__ = ["CLUSTERERS", "Clusterer"]

CLUSTERERS: Registry[Clusterer] = Registry(
    "clusterer",
    __name__,
    {
        "none": "single:Single",
        "kmeans": "kmeans:KMeans",
        "spectral": "spectral:Spectral",
    },
)
