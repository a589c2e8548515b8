"""How an index is built, what of it a later run keeps, and whether an index was built that way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ..catalog import SCORABLE, ReadingOptions, Schema
from ..encoders import EncoderSpec
from ..model import CLUSTERERS, CLUSTERS, COMPONENTS, REDUCERS, Clusterer, Reducer
from .layout import Layout
from .manifest import Manifest

LEARNED = "attributes"
"""Parameter of a reducer that names what it learns."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an index is built; saved with every version.

    Attributes:
        encoder: registered name, with its precision: `fp32`, `bf16`, `int8`, or `auto` for what suits the processor.
        reducer: registered name, with `reducer_params` for its constructor. A number of components that is named there
            is an error where the catalog is too small for it; the usual 100 are lowered.
        clusterer: registered name, with `clusterer_params`; the same holds for the usual 10 clusters.
        seed: of the sample that is fitted on.
        fill_missing: predict empty values of the products that are written; the payload says which.
        reading: how the catalog is read.
        layout: how a server lays versions out.
    """

    encoder: str = "resnet50"
    precision: str = "fp32"
    reducer: str = "pca"
    reducer_params: Mapping[str, Any] = field(default_factory=dict)
    clusterer: str = "kmeans"
    clusterer_params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    fill_missing: bool = False
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    layout: Layout = field(default_factory=Layout)

    @classmethod
    def from_manifest(cls, manifest: Manifest) -> Self:
        """The recipe of an existing index."""
        kept = manifest.recipe
        free = kept.get("free", ())
        return cls(
            encoder=manifest.encoder.name,
            precision=manifest.encoder.precision,
            reducer=manifest.reducer.name,
            reducer_params=_without(manifest.reducer.params, free),
            clusterer=manifest.clusterer.name,
            clusterer_params=_without(manifest.clusterer.params, free),
            seed=kept.get("seed", 0),
            fill_missing=kept.get("fill_missing", False),
            reading=ReadingOptions.from_dict(kept.get("reading", {})),
            layout=manifest.layout,
        )

    @property
    def free(self) -> tuple[str, ...]:
        """Of components and clusters, the numbers that nobody asked for: a small catalog may get less."""
        chosen = (
            (COMPONENTS, REDUCERS.parameters(self.reducer), self.reducer_params),
            (CLUSTERS, CLUSTERERS.parameters(self.clusterer), self.clusterer_params),
        )
        return tuple(name for name, known, asked in chosen if name in known and name not in asked)

    def kept(self) -> dict[str, Any]:
        """What a manifest keeps beside the encoder, the model and the layout; JSON values."""
        return {
            "seed": self.seed,
            "fill_missing": self.fill_missing,
            "reading": self.reading.to_dict(),
            "free": list(self.free),
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
        # Where nobody asked for a number, then or now, that of a small catalog is no other one.
        free = set(manifest.recipe.get("free", ())) & set(self.free)
        reducer, clusterer = manifest.reducer, manifest.clusterer
        return (
            manifest.encoder.fingerprint == encoder.fingerprint
            and reducer.name == self.reducer
            and clusterer.name == self.clusterer
            # Both completed by today's defaults: a parameter that an earlier release did not know changes nothing.
            and REDUCERS.create(self.reducer, **_without(reducer.params, free)).params()
            == self.new_reducer(reducer.params.get(LEARNED, ())).params()
            and CLUSTERERS.create(self.clusterer, **_without(clusterer.params, free)).params()
            == self.new_clusterer().params()
        )


def lowered(manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Of the numbers that nobody asked for, those that the catalog did not allow: what is usual, and what was made."""
    made = {**manifest.reducer.params, **manifest.clusterer.params}
    usual = {**REDUCERS.parameters(manifest.reducer.name), **CLUSTERERS.parameters(manifest.clusterer.name)}
    free = [name for name in manifest.recipe.get("free", ()) if name in usual and name in made]
    return {name: (usual[name].default, made[name]) for name in free if made[name] < usual[name].default}


def _without(params: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}
