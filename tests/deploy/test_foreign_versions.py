"""Versions that another release or another encoder made: marked, listed, left, pruned, replaced; never in the way."""

import json

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, Recipe, RecipeOptions, Rules, ingest
from likewise.ingest import run as run_job
from likewise.ingest.encoders import EncoderSpec, open_encoder
from likewise.ingest.errors import IncompatibleError, LikewiseError, StoreError
from likewise.ingest.index import prune_versions
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
ALWAYS = Rules(refit="always")
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
    entry = client.get_collection(collection).config.metadata[version]
    client.update_collection(collection, metadata={version: {**entry, "manifest": change(entry["manifest"])}})


@pytest.fixture
def shop(any_store, catalog, encoder, tmp_path):
    """Three published versions."""
    for _ in range(3):
        ingest(catalog, any_store, recipe=RECIPE, encoder=encoder, rules=ALWAYS, cache=tmp_path / "cache")
    return any_store


@pytest.fixture
def run(any_store, catalog, no_network, tmp_path):
    def run(refit):
        options = RecipeOptions(components=8, clusters=3)
        rules = Rules(refit=refit, prune_missing=True, keep=3)
        job = Job(catalog, any_store, options, rules, cache=tmp_path / "cache")
        return run_job(job, Gate(GateRules()))

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
    assert (outcome.outcome, outcome.parent, outcome.version) == ("fitted", "v000003", "v000004")
    assert outcome.verdict.passed
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
    with pytest.raises(IncompatibleError, match=r"format differs: expected 3, found 9.*--refit always") as error:
        shop.open()
    assert error.value.exit_code == 8


def test_another_encoder_is_code_8():
    spec = EncoderSpec("resnet50", "fp32", "of another release", (2048,))
    with pytest.raises(IncompatibleError, match=r"encoder_fingerprint differs.*--refit always") as error:
        open_encoder(spec)
    assert error.value.exit_code == 8


def test_the_list_marks_what_it_cannot_read(catalog, encoder, tmp_path):
    store = EmbeddedStore(tmp_path / "index", create=True)
    for _ in range(2):
        ingest(catalog, store, recipe=RECIPE, encoder=encoder, rules=ALWAYS)
    spoil(store, "v000001", CHANGES["another format"])
    shown = CliRunner().invoke(cli, ["index", "list", "--store", str(store.folder)])
    assert shown.exit_code == 0
    first, second = shown.stdout.splitlines()
    assert first.startswith("  v000001 ? format differs")
    assert second.startswith("* v000002  ")
    rows = json.loads(CliRunner().invoke(cli, ["index", "list", "--store", str(store.folder), "--json"]).stdout)
    assert "format differs" in rows[0]["problem"]
    assert rows[1]["products"] == 48
