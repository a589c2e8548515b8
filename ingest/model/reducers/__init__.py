"""Reducers by name: features come in, index vectors go out.

A new one is one new file and one line in `REDUCERS`. A model is fitted with one of them; one that learns attributes
also predicts them.
"""

from ...registry import Registry
from .base import AttributeColumns, Reducer

__all__ = ["REDUCERS", "AttributeColumns", "Reducer"]

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
