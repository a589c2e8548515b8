"""How an index is built, and whether an index was built that way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from ..catalog.rejects import RejectLimit
from ..model.clusterers import CLUSTERERS
from ..model.reducers import REDUCERS
from .manifest import Manifest


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an index is built.

    Attributes:
        reducer: registered name, with `reducer_params` for its constructor.
        clusterer: registered name, with `clusterer_params`.
        batch_size: images that the encoder sees at once.
        reject_limit: when to stop instead of publishing.
        seed: of the fitting sample.
        fill_missing: predict empty attributes of the products that are written; the payload says which.
    """

    reducer: str = "pca"
    reducer_params: dict[str, Any] = field(default_factory=lambda: {"n_components": 100})
    clusterer: str = "kmeans"
    clusterer_params: dict[str, Any] = field(default_factory=lambda: {"n_clusters": 10})
    batch_size: int = 32
    reject_limit: RejectLimit = field(default_factory=lambda: RejectLimit.parse("5%"))
    seed: int = 0
    fill_missing: bool = False

    @classmethod
    def like(cls, manifest: Manifest, **settings: Any) -> Self:  # noqa: ANN401 - the other fields
        """The recipe of an existing index."""
        return cls(
            manifest.reducer.name,
            dict(manifest.reducer.params),
            manifest.clusterer.name,
            dict(manifest.clusterer.params),
            **settings,
        )

    def made(self, manifest: Manifest, encoder_fingerprint: str) -> bool:
        """Whether the model of an index is what this recipe would fit again: only then can the index be updated."""
        reducer = REDUCERS.create(self.reducer, **self.reducer_params)
        clusterer = CLUSTERERS.create(self.clusterer, **self.clusterer_params)
        return (
            manifest.encoder_fingerprint == encoder_fingerprint
            and (manifest.reducer.name, manifest.reducer.params) == (reducer.name, reducer.params())
            and (manifest.clusterer.name, manifest.clusterer.params) == (clusterer.name, clusterer.params())
        )
