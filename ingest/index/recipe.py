"""How an index is built, what of it a later run keeps, and whether an index was built that way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ..catalog import SCORABLE, ReadingOptions, Schema
from ..encoders import EncoderSpec
from ..model import CLUSTERERS, REDUCERS, Clusterer, Reducer
from .layout import Layout
from .manifest import Manifest

LEARNED = "attributes"
"""Parameter of a reducer that names what it learns."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an index is built; saved with every version.

    Attributes:
        encoder: registered name, with its precision.
        reducer: registered name, with `reducer_params` for its constructor.
        clusterer: registered name, with `clusterer_params`.
        seed: of the sample that is fitted on.
        fill_missing: predict empty values of the products that are written; the payload says which.
        reading: how the catalog is read.
        layout: how a server lays versions out.
    """

    encoder: str = "resnet50"
    precision: str = "fp32"
    reducer: str = "pca"
    reducer_params: Mapping[str, Any] = field(default_factory=lambda: {"n_components": 100})
    clusterer: str = "kmeans"
    clusterer_params: Mapping[str, Any] = field(default_factory=lambda: {"n_clusters": 10})
    seed: int = 0
    fill_missing: bool = False
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    layout: Layout = field(default_factory=Layout)

    @classmethod
    def from_manifest(cls, manifest: Manifest) -> Self:
        """The recipe of an existing index."""
        kept = manifest.recipe
        return cls(
            encoder=manifest.encoder.name,
            precision=manifest.encoder.precision,
            reducer=manifest.reducer.name,
            reducer_params=dict(manifest.reducer.params),
            clusterer=manifest.clusterer.name,
            clusterer_params=dict(manifest.clusterer.params),
            seed=kept.get("seed", 0),
            fill_missing=kept.get("fill_missing", False),
            reading=ReadingOptions.from_dict(kept.get("reading", {})),
            layout=manifest.layout,
        )

    def kept(self) -> dict[str, Any]:
        """What a manifest keeps beside the encoder, the model and the layout; JSON values."""
        return {
            "seed": self.seed,
            "fill_missing": self.fill_missing,
            "reading": self.reading.to_dict(),
        }

    def new_reducer(self, learned: Sequence[str] = ()) -> Reducer:
        """The reducer, not yet fitted.

        Args:
            learned: the attributes that it learns, if it learns any and the recipe does not say which.

        Raises:
            ParameterError: an unknown name or parameter, or an impossible value.
        """
        known = {LEARNED: list(learned)} if learned and LEARNED in REDUCERS.parameters(self.reducer) else {}
        return REDUCERS.create(self.reducer, **{**known, **self.reducer_params})

    @property
    def learns(self) -> bool:
        """Whether the reducer learns the catalog's attributes."""
        return REDUCERS[self.reducer].learns_attributes

    def asked_to_learn(self, schema: Schema) -> list[str]:
        """The columns of a catalog that the reducer is to learn; empty where it learns none."""
        if not self.learns:
            return []
        named = self.new_reducer(schema.role("learned")).params().get(LEARNED, schema.role("learned"))
        return [name for name in named if name in schema.names]

    def learned(self, schema: Schema) -> list[str]:
        """Those of them that are of a type that can be learned today."""
        return [name for name in self.asked_to_learn(schema) if schema.type_of(name) in SCORABLE]

    def new_clusterer(self) -> Clusterer:
        """The clusterer, not yet fitted; raises as `new_reducer`."""
        return CLUSTERERS.create(self.clusterer, **self.clusterer_params)

    def keeps(self, manifest: Manifest) -> bool:
        """Whether a version says already what a later run is to keep of this recipe."""
        saved = type(self).from_manifest(manifest)
        return (self.kept(), self.layout) == (saved.kept(), saved.layout)

    def matches(self, manifest: Manifest, encoder: EncoderSpec) -> bool:
        """Whether the model of an index is what this recipe would fit again: only then can the index be updated."""
        return (
            manifest.encoder.fingerprint == encoder.fingerprint
            and manifest.reducer.name == self.reducer
            and manifest.clusterer.name == self.clusterer
            # Both completed by today's defaults: a parameter that an earlier release did not know changes nothing.
            and REDUCERS.create(self.reducer, **manifest.reducer.params).params()
            == self.new_reducer(manifest.reducer.params.get(LEARNED, ())).params()
            and CLUSTERERS.create(self.clusterer, **manifest.clusterer.params).params() == self.new_clusterer().params()
        )
