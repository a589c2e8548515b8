"""UMAP."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...arrays import Float
from ..landmarks import nearest
from .landmark_embedding import LandmarkEmbedding


class UMAP(LandmarkEmbedding):
    """Uniform manifold approximation and projection (McInnes, Healy and Melville 2018), by umap-learn.

    umap-learn's own `transform` optimises each batch anew, so that a vector's image depends on its neighbours
    in the batch; see `LandmarkEmbedding` for ours.

    Args:
        n_components: width of the index vectors.
        n_neighbors: neighbours in the graph.
        min_dist: least distance of close points in the map.
        n_epochs: passes of the optimisation.
        landmarks: most products that are optimised.
        random_state: seed.
    """

    name = "umap"

    def __init__(
        self,
        n_components: int = 100,
        n_neighbors: int = 15,
        min_dist: float = 0.5,
        n_epochs: int = 200,
        landmarks: int = 12_000,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.n_epochs = n_epochs
        self.landmarks = landmarks
        self.random_state = random_state

    def _place(self, points: Float) -> Float:
        with warnings.catch_warnings():
            # umap-learn warns that a seed costs it its parallelism: that is what the seed is for.
            warnings.simplefilter("ignore")
            import umap

            neighbors = min(self.n_neighbors, len(points) - 1)
            found, distances = nearest(points, points, neighbors)
            mapper = umap.UMAP(
                n_components=self.n_components,
                n_neighbors=neighbors,
                min_dist=self.min_dist,
                n_epochs=self.n_epochs,
                init="pca" if self.n_components <= min(points.shape) else "random",
                random_state=self.random_state,
                n_jobs=1,
                precomputed_knn=(found.astype(np.int32), distances, None),
            )
            return np.asarray(mapper.fit_transform(points), dtype=np.float32)

    def params(self) -> dict[str, Any]:
        """Constructor parameters."""
        names = ("n_components", "n_neighbors", "min_dist", "n_epochs", "landmarks", "random_state")
        return {name: getattr(self, name) for name in names}
