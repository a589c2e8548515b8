"""What options change of a recipe: the one rule, for a new index and for every later run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..encoders import AUTO, encoder_parts
from ..model import CLUSTERERS, REDUCERS
from ..registry import Registry
from .recipe import LEARNED, Recipe

JOINED_ENCODER = "resnet50-rich"
"""What a reducer that learns attributes gets its features from, unless an encoder is named."""


@dataclass(frozen=True, slots=True)
class RecipeOptions:
    """Options of a run; None, or an empty mapping, is an option that was not used.

    Attributes:
        encoder: of the features.
        precision: of the encoder.
        reducer: how features become index vectors.
        components: width of the index vectors.
        reducer_params: further parameters of the reducer's constructor, as values or as text.
        clusterer: how index vectors are clustered.
        clusters: their number, or `auto`.
        clusterer_params: further parameters of the clusterer's constructor, as values or as text.
        seed: of everything random.
        fill_missing: see `Recipe`.
        reading: fields of `ReadingOptions` by name; an empty one takes back what is kept. A reducer that learns
            attributes learns those that are named there.
        layout: fields of `Layout` by name.
    """

    encoder: str | None = None
    precision: str | None = None
    reducer: str | None = None
    components: int | None = None
    reducer_params: Mapping[str, Any] = field(default_factory=dict)
    clusterer: str | None = None
    clusters: int | str | None = None
    clusterer_params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    fill_missing: bool | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    layout: Mapping[str, Any] = field(default_factory=dict)


def apply_options(saved: Recipe | None, options: RecipeOptions) -> Recipe:
    """The recipe of a run.

    What no option names stays as it is saved. Another reducer or clusterer starts from its defaults; the seed goes
    to everything that is random; the parts of the features, of which a reducer that learns must know, follow the
    encoder.

    Args:
        saved: of the index; None for a new one.
        options: of the run.

    Raises:
        ParameterError: an unknown name, or an option that the chosen reducer or clusterer does not take.
    """
    recipe = saved or Recipe(reducer_params={}, clusterer_params={})
    reducer, clusterer = options.reducer or recipe.reducer, options.clusterer or recipe.clusterer
    encoder = options.encoder or recipe.encoder
    fresh = saved is None or reducer != recipe.reducer
    if options.encoder is None and fresh and REDUCERS[reducer].learns_attributes:
        encoder = JOINED_ENCODER
    seed = recipe.seed if options.seed is None else options.seed
    named: dict[str, Any] = {"n_components": options.components}
    if options.reading.get(LEARNED) and LEARNED in REDUCERS.parameters(reducer):
        named[LEARNED] = list(options.reading[LEARNED])
    reducer_params = _parameters(
        REDUCERS,
        reducer,
        None if fresh else recipe.reducer_params,
        # A saved model may have another seed than the sample: an option that was not used changes neither.
        seed if fresh else options.seed,
        {**_used(named), **options.reducer_params},
    )
    follows = "blocks" in REDUCERS.parameters(reducer) and "blocks" not in options.reducer_params
    if follows and (fresh or encoder != recipe.encoder):
        parts = encoder_parts(encoder) or ()
        reducer_params["blocks"] = list(parts) if len(parts) > 1 else None
    fresh = saved is None or clusterer != recipe.clusterer
    clusterer_params = _parameters(
        CLUSTERERS,
        clusterer,
        None if fresh else recipe.clusterer_params,
        seed if fresh else options.seed,
        {**_used({"n_clusters": options.clusters}), **options.clusterer_params},
    )
    return Recipe(
        encoder=encoder,
        precision=options.precision or (recipe.precision if saved else AUTO),
        reducer=reducer,
        reducer_params=reducer_params,
        clusterer=clusterer,
        clusterer_params=clusterer_params,
        seed=seed,
        fill_missing=recipe.fill_missing if options.fill_missing is None else options.fill_missing,
        reading=dataclasses.replace(recipe.reading, **options.reading),
        layout=dataclasses.replace(recipe.layout, **options.layout),
    )


def _used(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _parameters(
    registry: Registry[Any],
    name: str,
    saved: Mapping[str, Any] | None,
    seed: int | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Saved or, without any, default parameters; then the seed where one is to be set; then what was asked for."""
    registry.check_known(name, options)
    # Texts, as from a command line, in the types that the parameters have.
    typed = registry.parse_params(name, {key: text for key, text in options.items() if isinstance(text, str)})
    seeded = {} if seed is None else {"random_state": seed}
    start = {} if saved is None else saved
    known = registry.parameters(name)
    return {key: value for key, value in {**start, **seeded, **options, **typed}.items() if key in known}
