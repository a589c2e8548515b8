"""Reducers by name. A new one is one new file and one line in `REDUCERS`."""

from ...registry import Registry
from .base import Labels, Reducer

__all__ = ["REDUCERS", "Labels", "Reducer"]

REDUCERS: Registry[Reducer] = Registry(
    "reducer",
    __name__,
    {
        "attributes": "supervised.reducer:Attributes",
        "none": "identity:Identity",
        "pca": "pca:PCA",
        "kernel-pca": "kernel_pca:KernelPCA",
        "isomap": "isomap:Isomap",
        "umap": "umap:UMAP",
        "tsne": "tsne:TSNE",
    },
)
