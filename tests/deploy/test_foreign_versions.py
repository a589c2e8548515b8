"""Versions that another release or another encoder made: marked, listed, left, pruned, replaced; never in the way."""

import dataclasses
import json

import pytest
from click.testing import CliRunner

from likewise.deploy.build import Build, encoder_for
from likewise.deploy.cli import cli
from likewise.deploy.reindex import Outcome, Rules, reindex
from likewise.ingest.errors import IncompatibleError, LikewiseError, StoreError
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.recipe import Recipe
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.pipeline import ingest
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
CHANGES = {
    "another format": lambda manifest: {**manifest, "format": 9, "novelty": {}},
    "no manifest": lambda manifest: {},
    "a damaged one": lambda manifest: {**manifest, "products": "many"},
}


def spoil(store, version, change):
    """Give a version the manifest that another release, or a broken disk, would have left."""
    if isinstance(store, EmbeddedStore):
        path = store.folder / "versions" / version / "manifest.json"
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
        return
    client, collection = store._connection.client, f"{store.name}.{version}"
    manifest = client.get_collection(collection).config.metadata["manifest"]
    client.update_collection(collection, metadata={"manifest": change(manifest)})


@pytest.fixture
def shop(any_store, catalog, encoder, tmp_path):
    """Three published versions."""
    for _ in range(3):
        ingest(catalog, any_store, encoder, tmp_path / "cache", recipe=RECIPE, refit=True)
    return any_store


@pytest.fixture
def run(any_store, catalog, make_encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("likewise.deploy.build.encoder_for", lambda *_, **__: make_encoder())
    monkeypatch.setattr("likewise.deploy.build.cache_folder", lambda _: tmp_path / "cache")

    def run(refit):
        outcome = Outcome()

        def build():
            options = {"components": 8, "clusters": "3", "anew": refit == "always"}
            return Build.from_options(any_store, progress=Silent(), **options)

        reindex(catalog, any_store, build, Rules(refit=refit), Silent(), outcome)
        return outcome

    return run


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_one_foreign_version_is_listed_and_blocks_nothing(shop, change):
    spoil(shop, "v000002", change)
    found = {version.name: version for version in shop.versions()}
    assert [version.manifest is None for version in found.values()] == [False, True, False]
    assert "v000002" in found["v000002"].problem
    assert found["v000003"].problem == ""
    assert prune_versions(shop, 1) == ["v000001", "v000002"]
    assert [version.name for version in shop.versions()] == ["v000003"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_foreign_current_version_can_be_left(shop, change):
    spoil(shop, "v000003", change)
    with pytest.raises(LikewiseError):
        shop.open()
    assert shop.rollback() == "v000002"
    with SearchClient.open(shop) as client:
        assert client.similar("100")
    shop.publish("v000003")
    assert shop.current() == "v000003"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_only_a_forced_refit_replaces_a_foreign_current_version(shop, run, change):
    spoil(shop, "v000003", change)
    for refit in ("drift", "never"):
        with pytest.raises((IncompatibleError, StoreError)):
            run(refit)
    assert shop.current() == "v000003"
    outcome = run("always")
    assert (outcome.outcome, outcome.parent, outcome.version) == ("refitted", "v000003", "v000004")
    assert outcome.gate["passed"]
    with SearchClient.open(shop) as client:
        assert client.count() == 48
    assert run("drift").outcome == "nothing"


def test_a_store_that_does_not_answer_is_not_taken_for_a_foreign_one(shop, run, monkeypatch):
    def away(*_, **__):
        raise StoreError("the server is away")

    monkeypatch.setattr(shop, "open", away)
    with pytest.raises(StoreError, match="away"):
        run("always")


def test_another_format_says_what_to_do(shop):
    spoil(shop, "v000003", CHANGES["another format"])
    with pytest.raises(IncompatibleError, match=r"format differs: expected 1, found 9.*--refit always") as error:
        shop.open()
    assert error.value.exit_code == 8


def test_another_encoder_is_code_8_unless_the_index_is_built_anew(shop):
    with shop.open() as reader:
        manifest = dataclasses.replace(reader.manifest, encoder="resnet50", encoder_fingerprint="of another release")
    with pytest.raises(IncompatibleError, match=r"encoder_fingerprint differs.*--refit always") as error:
        encoder_for(manifest, None, None, None, Silent())
    assert error.value.exit_code == 8
    assert encoder_for(manifest, None, None, None, Silent(), anew=True).name == "resnet50"


def test_the_list_marks_what_it_cannot_read(catalog, encoder, tmp_path):
    store = EmbeddedStore(tmp_path / "index", create=True)
    for _ in range(2):
        ingest(catalog, store, encoder, store.embeddings, recipe=RECIPE, refit=True)
    spoil(store, "v000001", CHANGES["another format"])
    shown = CliRunner().invoke(cli, ["index", "list", "--store", str(store.folder)])
    assert shown.exit_code == 0
    first, second = shown.stdout.splitlines()
    assert first.startswith("  v000001 ? format differs")
    assert second.startswith("* v000002  ")
    rows = json.loads(CliRunner().invoke(cli, ["index", "list", "--store", str(store.folder), "--json"]).stdout)
    assert "format differs" in rows[0]["problem"]
    assert rows[1]["products"] == 48
