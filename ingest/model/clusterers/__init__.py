"""Clusterers by name. A new one is one new file and one line in `CLUSTERERS`."""

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
