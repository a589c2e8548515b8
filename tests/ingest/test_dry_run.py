"""What a run would do is what it does, and asking writes nothing."""

import hashlib

import pytest
from PIL import Image

from likewise.ingest import Job, Recipe, RecipeOptions, RejectLimit, Rules, ingest, plan
from likewise.ingest import run as run_job
from likewise.ingest.errors import CatalogError, ParameterError, TooManyRejectsError
from likewise.ingest.features import FeatureCache
from likewise.ingest.index import Costs

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
LIMIT = RejectLimit.parse("50%")


@pytest.fixture
def job(any_store, catalog, encoder, features_folder):
    def job(recipe=RECIPE, source=catalog, **rules):
        chosen = {"refit": "drift", "prune_missing": True, "reject_limit": LIMIT, **rules}
        return Job(source, any_store, recipe, Rules(**chosen), encoder, cache=features_folder)

    return job


def changed(catalog, make_catalog):
    """Two new products, a new picture, a new value, a broken picture, and one product less."""
    make_catalog(catalog, 50)
    Image.new("RGB", (30, 40), (10, 200, 10)).save(catalog / "images" / "103.png")
    (catalog / "images" / "110.png").write_bytes(b"broken")
    lines = (catalog / "styles.csv").read_text().replace("\n106,Men,", "\n106,Unisex,").splitlines()
    (catalog / "styles.csv").write_text("\n".join(line for line in lines if not line.startswith("109,")) + "\n")


def files(*folders):
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            found[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


def same(planned, done):
    assert planned.outcome == done.outcome
    assert planned.changes == done.changes
    assert planned.products == done.products
    assert planned.encode == done.encoded
    assert [reject.id for reject in planned.rejects] == [reject.id for reject in done.rejects]


def test_the_first_run_is_foretold(job):
    planned = plan(job())
    assert planned.version is None
    assert planned.reason == "there is no index yet"
    assert planned.seconds["fit"] is None
    same(planned, run_job(job()))


def test_an_update_is_foretold(job, catalog, make_catalog):
    run_job(job())
    changed(catalog, make_catalog)
    planned = plan(job())
    assert (planned.version, planned.reason) == ("v000001", "")
    assert 0.9 < planned.measured < 1
    assert planned.changes["added"] == 2
    assert planned.seconds["place and write"] is not None
    same(planned, run_job(job()))
    again = plan(job())
    assert (again.outcome, again.encode) == ("nothing", 0)
    same(again, run_job(job()))


@pytest.mark.parametrize("reason", ["asks for it", "another model"])
def test_a_fit_is_foretold_with_its_time_by_the_last_one(job, catalog, make_catalog, reason):
    run_job(job())
    changed(catalog, make_catalog)
    asked = job(refit="always") if "it" in reason else job(RecipeOptions(clusters=2))
    planned = plan(asked)
    assert reason in planned.reason
    assert planned.seconds["fit"] > 0
    same(planned, run_job(asked))


def test_a_fit_that_drift_asks_for_is_foretold_where_all_is_encoded(job, catalog, make_catalog, encoder):
    run_job(job())
    rows = (catalog / "styles.csv").read_text().splitlines()
    (catalog / "styles.csv").write_text("\n".join([rows[0], *rows[1::3]]) + "\n")
    planned = plan(job(prune_missing=True))
    assert planned.drift["refit"]
    assert "cluster sizes" in planned.reason
    same(planned, run_job(job()))


def test_nothing_is_written(job, catalog, make_catalog, tmp_path, features_folder, any_store):
    def state():
        return files(tmp_path, features_folder), any_store.history(), len(any_store.versions())

    before = state()
    plan(job())
    assert state() == before
    run_job(job())
    changed(catalog, make_catalog)
    # The engine tidies up after itself when a version is opened for the first time, whoever opens it.
    any_store.open().close()
    before = state()
    for rules in ({}, {"refit": "always"}):
        plan(job(**rules))
    assert state() == before


def test_features_that_an_earlier_release_left_in_the_index_count(tmp_path, catalog, encoder, features_folder):
    from likewise.ingest.index.stores.embedded import EmbeddedStore

    store = EmbeddedStore(tmp_path / "index", create=True)
    old = store.folder / "embeddings"
    ingest(catalog, store, recipe=RECIPE, encoder=encoder, cache=old)
    (catalog / "images" / "103.png").write_bytes((catalog / "images" / "104.png").read_bytes())
    planned = plan(Job(catalog, store, RECIPE, encoder=encoder, cache=features_folder))
    assert (planned.encode, planned.measured) == (0, 1.0)
    assert planned.drift is not None


def test_what_would_fail_fails(job, catalog, tmp_path):
    run_job(job())
    with pytest.raises(ParameterError, match="--refit never"):
        plan(job(RecipeOptions(clusters=2), refit="never"))
    with pytest.raises(CatalogError):
        plan(job(source=tmp_path / "nowhere"))
    for at in range(110, 120):
        (catalog / "images" / f"{at}.png").write_bytes(b"broken")
    with pytest.raises(TooManyRejectsError):
        plan(job(reject_limit=RejectLimit(count=9)))


def test_a_cache_is_looked_at_without_being_made(tmp_path, encoder):
    cache = FeatureCache(tmp_path / "none", encoder.spec, create=False)
    assert (len(cache), cache.contents) == (0, [])
    assert not (tmp_path / "none").exists()
    path = tmp_path / f"{encoder.spec.fingerprint}.vectors"
    path.write_bytes(b"torn")
    assert len(FeatureCache(tmp_path, encoder.spec, create=False)) == 0
    assert path.read_bytes() == b"torn"


def test_costs_grow_with_the_products_and_damaged_ones_are_not_known():
    costs = Costs.from_bytes(Costs(100, 50.0, 1000, 5.0).to_bytes())
    assert (costs.fitting(200), costs.writing(10)) == (100.0, 0.05)
    for damaged in (b"", b"{}", b"[1]", b'{"fitted": null}', b"\xff", b'{"fitted": 1e999}'):
        assert Costs.from_bytes(damaged) == Costs()
    assert (Costs().fitting(5), Costs().writing(5)) == (None, None)
