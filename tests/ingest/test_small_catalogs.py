"""Catalogs of 1, 2, 5 and 60 products, with what is usual and with numbers that somebody asked for."""

import dataclasses

import pytest

from likewise.evaluation import protocol
from likewise.evaluation.gate import Gate
from likewise.ingest import Job, Recipe, RecipeOptions, Rules, ingest, plan, run
from likewise.ingest.errors import ParameterError
from likewise.search import SearchClient

SIZES = (1, 2, 5, 60)
MADE = {1: (1, 1), 2: (1, 2), 5: (4, 5), 60: (48, 10)}
"""Products to components, one less than products and at most the 48 features, and clusters."""


@pytest.mark.parametrize("count", SIZES)
def test_a_small_catalog_gets_what_it_allows(any_store, tmp_path, make_catalog, make_encoder, count):
    catalog, encoder = make_catalog(tmp_path / "catalog", count), make_encoder()
    outcome = ingest(catalog, any_store, encoder=encoder)
    made = outcome.manifest.reducer.params["n_components"], outcome.manifest.clusterer.params["n_clusters"]
    assert made == MADE[count]
    usual = {"n_components": [100, made[0]], "n_clusters": [10, made[1]]}
    assert outcome.to_dict()["lowered"] == {name: pair for name, pair in usual.items() if pair[0] > pair[1]}
    with SearchClient.open(any_store, encoder=encoder) as client:
        hits = client.similar_to_image(catalog / "images" / "100.png", k=6)
        assert len(hits) == min(count, 6)
        assert hits[0].id == "100"
        assert len(client.similar("100")) == min(count - 1, 6)
    again = run(Job(catalog, any_store, rules=Rules(refit="drift"), encoder=encoder), Gate())
    assert again.outcome == "nothing"
    forced = run(Job(catalog, any_store, rules=Rules(refit="always"), encoder=encoder), Gate())
    assert (forced.outcome, forced.verdict.refusals) == ("fitted", [])
    assert forced.manifest.reducer.params == outcome.manifest.reducer.params


def test_a_catalog_that_grows_gets_the_usual_numbers_at_its_next_fit(any_store, tmp_path, make_catalog, make_encoder):
    ingest(make_catalog(tmp_path / "catalog", 5), any_store, encoder=make_encoder())
    job = Job(make_catalog(tmp_path / "catalog", 60), any_store, encoder=make_encoder())
    kept = run(job)
    assert (kept.outcome, kept.manifest.reducer.params["n_components"]) == ("updated", 4)
    fitted = run(dataclasses.replace(job, rules=Rules(refit="always")))
    assert (fitted.manifest.reducer.params["n_components"], len(fitted.manifest.clusters)) == (48, 10)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (RecipeOptions(components=6), "6 components of 5 vectors"),
        (RecipeOptions(clusters=6), "at least 6 vectors"),
        (RecipeOptions(clusters="auto"), "at least 8 vectors"),
        (RecipeOptions(reducer="umap", components=4), "4 components of 5 vectors"),
        (RecipeOptions(clusterer="spectral", clusters=5), "at least 6 vectors"),
        (RecipeOptions(reducer="attributes", reading={"attributes": ("usage",)}), "no two products differ"),
    ],
)
def test_what_somebody_asked_for_is_an_error_before_anything_is_encoded(
    any_store, tmp_path, make_catalog, make_encoder, options, text
):
    encoder = make_encoder()
    job = Job(make_catalog(tmp_path / "catalog", 5), any_store, options, encoder=encoder)
    for attempt in (run, plan):
        with pytest.raises(ParameterError, match=text):
            attempt(job)
    ingest(job.catalog, any_store, encoder=encoder)
    assert encoder.seen == 5
    if options.reducer != "attributes":
        # Products that only the index has count too.
        for attempt in (run, plan):
            with pytest.raises(ParameterError, match=text):
                attempt(dataclasses.replace(job, rules=Rules(prune_missing=True)))
        assert encoder.seen == 5


def test_the_same_picture_many_times_is_one_cluster(any_store, tmp_path, make_catalog, make_encoder):
    catalog = make_catalog(tmp_path / "catalog", 12)
    for picture in (catalog / "images").iterdir():
        picture.write_bytes((catalog / "images" / "100.png").read_bytes())
    outcome = ingest(catalog, any_store, encoder=make_encoder())
    assert list(outcome.manifest.clusters.values()) == [12]


METHODS = [(reducer, "none") for reducer in ("umap", "tsne", "isomap", "kernel-pca", "attributes", "none")]


@pytest.mark.parametrize(("reducer", "clusterer"), [*METHODS, ("pca", "spectral")])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_method_works_or_says_why_not(tmp_path, make_catalog, make_encoder, reducer, clusterer, count):
    small = {"attributes": {"members": 2, "hidden": 16}, "tsne": {"n_iter": 20}, "umap": {"n_epochs": 20}}
    recipe = Recipe(reducer=reducer, reducer_params=small.get(reducer, {}), clusterer=clusterer)
    catalog, encoder = make_catalog(tmp_path / "catalog", count), make_encoder()
    least = {"umap": 4, "tsne": 4, "isomap": 3, "kernel-pca": 2, "attributes": 2}.get(reducer, 1)
    if count < max(least, 2 if clusterer == "spectral" else 1):
        with pytest.raises(ParameterError, match=r"needs at least \d vectors"):
            ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
        assert encoder.seen == 0
        return
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    with SearchClient.open(tmp_path / "index", encoder=encoder) as client:
        assert len(client.similar("100", probe="all")) == min(count - 1, 6)
        assert len(client.similar_to_image(catalog / "images" / "100.png")) == min(count, 6)


def test_one_product_cannot_be_scored(any_store, tmp_path, make_catalog, make_encoder):
    ingest(make_catalog(tmp_path / "catalog", 1), any_store, encoder=make_encoder())
    with SearchClient.open(any_store) as client, pytest.raises(ParameterError, match="holds one product"):
        protocol.sample_queries(client, per_category=10, seed=0)


def test_two_products_are_scored(any_store, tmp_path, make_catalog, make_encoder):
    ingest(make_catalog(tmp_path / "catalog", 2), any_store, encoder=make_encoder())
    with SearchClient.open(any_store) as client:
        queries = protocol.sample_queries(client, per_category=10, seed=0)
        # One recommendation of six, a red one for a red one: a fifth of a sixth.
        assert protocol.evaluate(client, queries).precision["mean"].value == pytest.approx(100 / 30)


def test_an_index_without_scored_columns_says_how_to_get_some(any_store, tmp_path, make_catalog, make_encoder):
    catalog = make_catalog(tmp_path / "catalog", 5)
    (catalog / "styles.csv").write_text("id,words\n" + "\n".join(f"{100 + at},word {at}" for at in range(5)), "utf-8")
    ingest(catalog, any_store, encoder=make_encoder())
    forced = run(Job(catalog, any_store, rules=Rules(refit="always"), encoder=make_encoder()), Gate())
    assert (forced.outcome, forced.verdict.refusals) == ("fitted", [])
    with SearchClient.open(any_store) as client:
        with pytest.raises(ParameterError, match="--attributes"):
            protocol.sample_queries(client, per_category=10, seed=0)
        with pytest.raises(ParameterError, match="--attributes"):
            protocol.evaluate(client, {"all": ["100"]})
