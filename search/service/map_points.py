"""Where products lie on a map of the catalog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.ingest.arrays import Float

from .client import ServedClient


@dataclass(frozen=True, slots=True, eq=False)
class MapPoints:
    """Products in two dimensions.

    Attributes:
        ids: of the products.
        xy: float32[n, 2] in [0, 1].
        method: how they were placed.
    """

    ids: list[str]
    xy: Float
    method: str


def points_of(client: ServedClient) -> MapPoints:
    """The products of a version along the two directions in which their index vectors differ most."""
    records = list(client.scroll(with_vector=True))
    ids = [record.id for record in records]
    if not ids:
        return MapPoints([], np.empty((0, 2), np.float32), "pca")
    vectors = np.stack([np.atleast_2d(record.point().vector)[0, : client.manifest.index_dim] for record in records])
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    placed = centred @ directions[:, ::-1][:, :2]
    xy = np.zeros((len(ids), 2), np.float32)
    xy[:, : placed.shape[1]] = placed - placed.min(axis=0)
    # One scale for both directions: what is near on the map is near in the index.
    return MapPoints(ids, xy / max(float(xy.max()), 1e-9), "pca")
