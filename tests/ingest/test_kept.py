"""What a version was built with is kept by every later run, unless it is given anew."""

import dataclasses
import shutil

import pytest

from likewise.ingest import Job, Layout, ReadingOptions, Recipe, RecipeOptions, Rules, run

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


@pytest.fixture
def nightly(any_store, catalog, encoder, tmp_path):
    def nightly(recipe=RecipeOptions(), *, path=catalog, **rules):  # noqa: B008 - frozen
        return run(Job(path, any_store, recipe, Rules(**rules), encoder, cache=tmp_path / "cache"))

    return nightly


def masters(store):
    with store.open() as reader:
        return {record.payload["masterCategory"] for record in reader.scroll()}


def test_rows_that_were_left_out_stay_out(nightly, any_store, catalog, make_catalog):
    only = (("masterCategory", "Footwear"),)
    nightly(dataclasses.replace(RECIPE, reading=ReadingOptions(only=only)))
    assert nightly().outcome == "nothing"
    make_catalog(catalog, 60)
    assert nightly().changes["added"] == 4
    assert nightly(refit="always").products == 20
    assert masters(any_store) == {"Footwear"}
    assert nightly(RecipeOptions(reading={"only": ()})).products == 60
    assert masters(any_store) == {"Footwear", "Apparel", "Accessories"}


def test_what_only_the_next_run_needs_is_kept_too(nightly, any_store):
    """Nothing of today's products differs: the option is remembered all the same."""
    only = (("season", "Fall"),)
    nightly(dataclasses.replace(RECIPE, reading=ReadingOptions(only=only)))
    assert nightly(RecipeOptions(reading={"only": ()})).outcome == "updated"
    with any_store.open() as reader:
        assert Recipe.from_manifest(reader.manifest).reading.only == ()
        assert reader.count() == 48
    assert nightly().outcome == "nothing"


def test_another_layout_is_another_collection_with_the_same_model(nightly, any_store):
    first = nightly(RECIPE)
    found = nightly(RecipeOptions(layout={"quantization": "int8"}))
    assert (found.outcome, found.manifest.model_hash) == ("updated", first.manifest.model_hash)
    with any_store.open() as reader:
        assert reader.manifest.layout == Layout(quantization="int8")
    assert nightly().outcome == "nothing"


def test_the_columns_that_were_named_are_read_again(nightly, catalog):
    table = catalog / "styles.csv"
    table.write_text(table.read_text().replace("id,", "sku,", 1))
    nightly(dataclasses.replace(RECIPE, reading=ReadingOptions(id_column="sku")))
    assert nightly().outcome == "nothing"


def test_the_layout_of_a_version_is_that_of_the_next(nightly, any_store):
    layout = Layout(on_disk=True, quantization="int8")
    nightly(dataclasses.replace(RECIPE, layout=layout))
    nightly(refit="always")
    with any_store.open() as reader:
        assert reader.manifest.layout == layout
    nightly(RecipeOptions(layout={"quantization": "none"}), refit="always")
    with any_store.open() as reader:
        assert reader.manifest.layout == Layout(on_disk=True)


def test_a_seed_alone_is_a_new_model_and_then_it_stays(nightly, any_store):
    first = nightly(RECIPE)
    second = nightly(RecipeOptions(seed=4))
    assert (second.outcome, second.manifest.recipe["seed"]) == ("fitted", 4)
    assert second.manifest.model_hash != first.manifest.model_hash
    assert nightly().outcome == nightly(RecipeOptions(seed=4)).outcome == "nothing"


def test_components_alone_leave_clusters_and_seed_as_they_are(nightly):
    nightly(RecipeOptions(components=8, clusters=3, seed=6))
    found = nightly(RecipeOptions(components=5))
    assert (found.outcome, found.manifest.index_dim) == ("fitted", 5)
    assert found.manifest.clusterer.params == {"n_clusters": 3, "random_state": 6}
    assert found.manifest.reducer.params == {"n_components": 5, "random_state": 6}


def test_attributes_and_filling_are_kept_by_a_learned_index(nightly, any_store, catalog):
    quick = {"landmarks": 40, "members": 1, "hidden": 8, "n_components": 8, "attributes": ["articleType", "gender"]}
    learned = Recipe(
        encoder="fake",
        reducer="attributes",
        reducer_params=quick,
        clusterer_params={"n_clusters": 3},
        fill_missing=True,
    )
    nightly(learned)
    shutil.copy(catalog / "images" / "100.png", catalog / "images" / "900.png")
    with (catalog / "styles.csv").open("a") as table:
        table.write("900,,Apparel,Topwear,,Red,Fall,2011,Casual,A shirt without a type\n")
    assert nightly().outcome == "updated"
    with any_store.open() as reader:
        assert "articleType" in reader.retrieve(["900"])[0].payload["predicted"]
        assert reader.manifest.reducer.params["attributes"] == ["articleType", "gender"]
        assert reader.manifest.recipe["fill_missing"] is True
