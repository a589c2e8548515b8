"""UMAP."""

from __future__ import annotations

import warnings

import numpy as np

from ...arrays import Float
from ...errors import ParameterError
from ..landmarks import nearest
from .landmark_embedding import LandmarkEmbedding


class UMAP(LandmarkEmbedding):
    """Uniform manifold approximation and projection (McInnes, Healy and Melville 2018), by umap-learn.

    The `transform` of umap-learn optimises each batch anew, so that a vector's result depends on its neighbours
    in the batch; `LandmarkEmbedding` says how vectors are mapped instead.

    Args:
        n_components: width of the index vectors.
        n_neighbors: neighbours in the graph.
        min_dist: least distance of close points in the embedding, from 0 to 1.
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

    def check_params(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: as for every strategy, or a `min_dist` outside 0 to 1.
        """
        super().check_params()
        if not 0 <= self.min_dist <= 1:
            raise ParameterError(f"{self.name} takes a min_dist from 0 to 1; received {self.min_dist!r}.")

    def _embed(self, landmarks: Float) -> Float:
        with warnings.catch_warnings():
            # umap-learn warns that a seed costs it its parallelism, which is what the seed is for.
            warnings.simplefilter("ignore")
            import umap

            count = min(self.n_neighbors, len(landmarks) - 1)
            neighbours, distances = nearest(landmarks, landmarks, count)
            mapper = umap.UMAP(
                n_components=self.n_components,
                n_neighbors=count,
                min_dist=self.min_dist,
                n_epochs=self.n_epochs,
                init="pca" if self.n_components <= min(landmarks.shape) else "random",
                random_state=self.random_state,
                n_jobs=1,
                precomputed_knn=(neighbours.astype(np.int32), distances, None),
            )
            return np.asarray(mapper.fit_transform(landmarks), dtype=np.float32)
