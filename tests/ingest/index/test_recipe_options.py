"""What an option changes of a saved recipe: every option against every kind of index, as a table."""

import dataclasses

import pytest

from likewise.ingest.catalog import ReadingOptions
from likewise.ingest.encoders import EncoderSpec, encoder_parts
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Layout, Manifest, Recipe, RecipeOptions, Step, apply_options

RICH = list(encoder_parts("resnet50-rich"))

PLAIN = Recipe(
    reducer_params={"n_components": 80, "random_state": 3},
    clusterer_params={"n_clusters": 7, "random_state": 3},
    seed=3,
    reading=ReadingOptions("sku", ("photo",), (("gender", "Men"),)),
    layout=Layout(shards=3, replication_factor=2, quantization="int8", on_disk=True),
)
LEARNED = Recipe(
    encoder="resnet50-rich",
    precision="bf16",
    reducer="attributes",
    reducer_params={"n_components": 60, "attributes": ["gender"], "blocks": RICH, "random_state": 5},
    clusterer="spectral",
    clusterer_params={"n_clusters": "auto", "n_neighbors": 9, "random_state": 5},
    seed=5,
    fill_missing=True,
)
UNCLUSTERED = Recipe(reducer="none", reducer_params={}, clusterer="none", clusterer_params={})
SAVED = {"new": None, "plain": PLAIN, "learned": LEARNED, "unclustered": UNCLUSTERED}

NEW = Recipe(precision="auto", reducer_params={"random_state": 0}, clusterer_params={"random_state": 0})
"""What no option at all makes of a new index: nobody asked for a number of components or clusters."""

RAISES = object()


def reducer(recipe, **params):
    return dataclasses.replace(recipe, reducer_params={**recipe.reducer_params, **params})


def clusterer(recipe, **params):
    return dataclasses.replace(recipe, clusterer_params={**recipe.clusterer_params, **params})


def attributes(recipe, **params):
    """A learner that is new to an index, with the encoder that it gets unless another one is named."""
    seed = recipe.seed
    fresh = {"random_state": seed, "blocks": RICH, **params}
    return dataclasses.replace(recipe, encoder="resnet50-rich", reducer="attributes", reducer_params=fresh)


def scored(*names, of):
    return dataclasses.replace(of, reading=dataclasses.replace(of.reading, attributes=names))


def change(name, **fields):
    """A row of the table in which one field changes whatever is saved."""
    return name, {kind: dataclasses.replace(SAVED[kind] or NEW, **fields) for kind in SAVED}


TABLE = [
    (RecipeOptions(), {"new": NEW, "plain": PLAIN, "learned": LEARNED, "unclustered": UNCLUSTERED}),
    change(RecipeOptions(precision="bf16"), precision="bf16"),
    change(RecipeOptions(fill_missing=False), fill_missing=False),
    change(RecipeOptions(fill_missing=True), fill_missing=True),
    (
        RecipeOptions(encoder="resnet50"),
        {
            "new": NEW,
            "plain": PLAIN,
            # The parts of the features follow the encoder: with the old ones the fit would fail after the encoding.
            "learned": dataclasses.replace(reducer(LEARNED, blocks=None), encoder="resnet50"),
            "unclustered": UNCLUSTERED,
        },
    ),
    (
        RecipeOptions(encoder="resnet50-rich"),
        {kind: dataclasses.replace(SAVED[kind] or NEW, encoder="resnet50-rich") for kind in SAVED},
    ),
    (
        RecipeOptions(components=50),
        {
            "new": reducer(NEW, n_components=50),
            "plain": reducer(PLAIN, n_components=50),
            # Attributes and seed stay.
            "learned": reducer(LEARNED, n_components=50),
            "unclustered": RAISES,
        },
    ),
    (
        RecipeOptions(seed=8),
        {
            "new": dataclasses.replace(clusterer(reducer(NEW, random_state=8), random_state=8), seed=8),
            "plain": dataclasses.replace(clusterer(reducer(PLAIN, random_state=8), random_state=8), seed=8),
            "learned": dataclasses.replace(clusterer(reducer(LEARNED, random_state=8), random_state=8), seed=8),
            "unclustered": dataclasses.replace(UNCLUSTERED, seed=8),
        },
    ),
    (
        RecipeOptions(reducer="attributes"),
        {
            "new": attributes(NEW),
            "plain": attributes(PLAIN),
            # It is what the index has already: nothing changes, also not the encoder.
            "learned": LEARNED,
            "unclustered": attributes(UNCLUSTERED),
        },
    ),
    (
        RecipeOptions(reducer="attributes", encoder="resnet50"),
        {
            "new": dataclasses.replace(attributes(NEW, blocks=None), encoder="resnet50"),
            "plain": dataclasses.replace(attributes(PLAIN, blocks=None), encoder="resnet50"),
            "learned": dataclasses.replace(reducer(LEARNED, blocks=None), encoder="resnet50"),
            "unclustered": dataclasses.replace(attributes(UNCLUSTERED, blocks=None), encoder="resnet50"),
        },
    ),
    (
        RecipeOptions(reducer="pca"),
        {
            "new": NEW,
            "plain": PLAIN,
            "learned": dataclasses.replace(LEARNED, reducer="pca", reducer_params={"random_state": 5}),
            "unclustered": dataclasses.replace(UNCLUSTERED, reducer="pca", reducer_params={"random_state": 0}),
        },
    ),
    (
        RecipeOptions(reading={"attributes": ("baseColour", "usage")}),
        {
            kind: scored("baseColour", "usage", of=recipe or NEW)
            for kind, recipe in {**SAVED, "learned": reducer(LEARNED, attributes=["baseColour", "usage"])}.items()
        },
    ),
    (
        RecipeOptions(reducer="tsne", reducer_params={"perplexity": "50", "n_iter": 300}),
        {
            kind: dataclasses.replace(
                SAVED[kind] or NEW,
                reducer="tsne",
                reducer_params={
                    "random_state": (SAVED[kind] or NEW).seed,
                    "perplexity": 50.0,
                    "n_iter": 300,
                },
            )
            for kind in SAVED
        },
    ),
    (
        RecipeOptions(clusters=12),
        {
            "new": clusterer(NEW, n_clusters=12),
            "plain": clusterer(PLAIN, n_clusters=12),
            "learned": clusterer(LEARNED, n_clusters=12),
            "unclustered": RAISES,
        },
    ),
    (
        RecipeOptions(clusterer="kmeans"),
        {
            "new": NEW,
            "plain": PLAIN,
            "learned": dataclasses.replace(LEARNED, clusterer="kmeans", clusterer_params={"random_state": 5}),
            "unclustered": dataclasses.replace(UNCLUSTERED, clusterer="kmeans", clusterer_params={"random_state": 0}),
        },
    ),
    (
        RecipeOptions(clusterer_params={"n_neighbors": "20"}),
        {"new": RAISES, "plain": RAISES, "learned": clusterer(LEARNED, n_neighbors=20), "unclustered": RAISES},
    ),
    (
        RecipeOptions(reading={"only": ()}),
        {
            kind: dataclasses.replace(
                SAVED[kind] or NEW, reading=dataclasses.replace((SAVED[kind] or NEW).reading, only=())
            )
            for kind in SAVED
        },
    ),
    (
        RecipeOptions(reading={"only": (("usage", "Sports"),), "id_column": "code", "image_columns": ("file",)}),
        {
            kind: dataclasses.replace(
                SAVED[kind] or NEW, reading=ReadingOptions("code", ("file",), (("usage", "Sports"),))
            )
            for kind in SAVED
        },
    ),
    (
        RecipeOptions(layout={"shards": 6, "quantization": "none"}),
        {
            "new": dataclasses.replace(NEW, layout=Layout(shards=6)),
            "plain": dataclasses.replace(PLAIN, layout=Layout(6, 2, None, True, "none")),
            "learned": dataclasses.replace(LEARNED, layout=Layout(shards=6)),
            "unclustered": dataclasses.replace(UNCLUSTERED, layout=Layout(shards=6)),
        },
    ),
]


def used(options):
    """The options that a row uses, as its name."""
    plain = RecipeOptions()
    return ", ".join(
        each.name for each in dataclasses.fields(options) if getattr(options, each.name) != getattr(plain, each.name)
    )


@pytest.mark.parametrize("kind", SAVED)
@pytest.mark.parametrize(("options", "expected"), TABLE, ids=[used(options) or "nothing" for options, _ in TABLE])
def test_an_option_changes_what_it_names_and_nothing_else(kind, options, expected):
    if expected[kind] is RAISES:
        with pytest.raises(ParameterError, match="has no parameter"):
            apply_options(SAVED[kind], options)
    else:
        assert apply_options(SAVED[kind], options) == expected[kind]


def test_the_table_has_every_option():
    named = {name for options, _ in TABLE for name in used(options).split(", ")}
    assert named - {""} == {field.name for field in dataclasses.fields(RecipeOptions)}


@pytest.mark.parametrize("recipe", [NEW, PLAIN, LEARNED, UNCLUSTERED], ids=["new", "plain", "learned", "unclustered"])
def test_a_recipe_that_was_saved_says_the_same_when_it_is_read(recipe):
    manifest = Manifest(
        encoder=EncoderSpec(recipe.encoder, recipe.precision, "f" * 16, (2048,)),
        reducer=Step(recipe.reducer, dict(recipe.reducer_params)),
        clusterer=Step(recipe.clusterer, dict(recipe.clusterer_params)),
        index_dim=8,
        vector_dim=8,
        model_hash="h",
        layout=recipe.layout,
        recipe=recipe.kept(),
    )
    assert Recipe.from_manifest(Manifest.from_json(manifest.to_json(), where="", encoder=dict)) == recipe


def test_an_unknown_parameter_lists_the_known_ones():
    with pytest.raises(ParameterError, match="perplexity"):
        apply_options(None, RecipeOptions(reducer="tsne", reducer_params={"perplexty": "3"}))
