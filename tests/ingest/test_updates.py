"""An index that is there is changed, not rebuilt: on every store."""

import csv
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Recipe, RejectLimit, Rules, ingest
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import CatalogError, StoreBusyError
from likewise.ingest.features import EncodedCatalog
from likewise.ingest.index import find_changes
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.model import MAP_FILE

RECIPE = Recipe(
    reducer_params={"n_components": 8},
    clusterer_params={"n_clusters": 3},
)
LIMIT = RejectLimit.parse("50%")


@pytest.fixture
def run(any_store, catalog, encoder, tmp_path):
    def run(recipe=RECIPE, cache=tmp_path / "cache", **rules):
        chosen = Rules(reject_limit=LIMIT, **rules)
        return ingest(catalog, any_store, recipe=recipe, encoder=encoder, rules=chosen, cache=cache)

    return run


def content(store, version=None):
    with store.open(version) as reader:
        return {record.id: (record.payload, record.vector) for record in reader.scroll(with_vector=True)}


def rewrite(catalog, change):
    """Pass the table's rows through a function that may change or drop them."""
    with (catalog / "styles.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    rows = [row for row in (change(row) for row in rows) if row is not None]
    with (catalog / "styles.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def repaint(catalog, number):
    Image.new("RGB", (30, 40), (9, 200, 9)).save(catalog / "images" / f"{number}.png")


def test_an_unchanged_catalog_is_left_alone(run, any_store, encoder):
    first = run()
    second = run()
    assert (second.outcome, second.version, encoder.seen) == ("nothing", first.version, 48)
    assert len(any_store.versions()) == 1


def test_only_what_differs_is_encoded_and_written(run, any_store, catalog, encoder):
    first = run()
    before = content(any_store)
    rewrite(catalog, lambda row: [row[0], "Unisex", *row[2:]] if row[0] in ("104", "105") else row)
    repaint(catalog, 110)
    found = run()
    assert found.outcome == "updated"
    assert found.changes == {
        "added": 0, "changed": 1, "relabelled": 2, "removed": 0, "missing": 0, "unchanged": 45
    }  # fmt: skip
    assert encoder.seen == 49
    after = content(any_store)
    for name, (payload, vector) in after.items():
        if name in ("104", "105"):
            assert payload == {**before[name][0], "gender": "Unisex"}
        if name == "110":
            assert payload["content"] != before[name][0]["content"]
            assert not np.allclose(vector, before[name][1])
        else:
            np.testing.assert_array_equal(vector, before[name][1])
    assert found.manifest.model_hash == first.manifest.model_hash
    assert found.manifest.catalog_fingerprint != first.manifest.catalog_fingerprint


def test_the_map_stays_as_it_was_drawn(run, any_store, catalog):
    run()
    with any_store.open() as reader:
        drawn = reader.attachment(MAP_FILE)
    repaint(catalog, 104)
    run()
    with any_store.open() as reader:
        assert (reader.version, reader.attachment(MAP_FILE)) == ("v000002", drawn)


def test_products_come_and_stay_or_go(run, any_store, catalog, make_catalog, tmp_path):
    run()
    rewrite(catalog, lambda row: None if row[0] in ("100", "101") else row)
    assert run().outcome == "nothing"
    assert run(prune_missing=True).changes["removed"] == 2
    assert content(any_store).keys().isdisjoint({"100", "101"})
    make_catalog(catalog, 52)
    found = run()
    assert found.changes["added"] == 6
    assert found.products == found.manifest.products == 52
    assert sum(found.manifest.clusters.values()) == 52


def test_an_update_equals_a_fresh_write_with_the_same_model(run, any_store, catalog, make_catalog):
    run()
    make_catalog(catalog, 60)
    rewrite(catalog, lambda row: None if row[0] in ("100", "103") else [row[0], "Kids", *row[2:]])
    run(prune_missing=True)
    with any_store.open() as reader:
        model, manifest = reader.model(), reader.manifest
    sizes = {}
    for payload, vector in content(any_store).values():
        cluster = str(model.clusterer.predict(vector[None])[0])
        assert payload["cluster"] == cluster
        sizes[cluster] = sizes.get(cluster, 0) + 1
    assert manifest.clusters == sizes


def test_a_product_whose_image_broke_today_is_not_removed(run, any_store, catalog):
    run()
    (catalog / "images" / "107.png").write_bytes(b"")
    found = run(prune_missing=True)
    assert [reject.id for reject in found.rejects] == ["107"]
    assert "107" in content(any_store)


def test_another_recipe_or_a_refit_fits_anew_and_keeps_what_the_catalog_no_longer_has(run, any_store, catalog):
    run()
    rewrite(catalog, lambda row: None if row[0] == "100" else row)
    other = Recipe(reducer_params={"n_components": 5}, clusterer_params={"n_clusters": 3})
    found = run(recipe=other)
    assert (found.outcome, found.manifest.index_dim, found.products) == ("fitted", 5, 48)
    assert content(any_store)["100"][0]["gender"] == "Men"
    assert run(recipe=other, refit="always", prune_missing=True).products == 47


def test_a_refit_without_the_features_of_a_missing_product_says_what_to_do(run, catalog, any_store, encoder, tmp_path):
    run()
    rewrite(catalog, lambda row: None if row[0] == "100" else row)
    with pytest.raises(CatalogError, match=r"such as 100.*--prune-missing"):
        run(cache=tmp_path / "another-cache", refit="always")


def test_a_product_whose_picture_is_broken_today_does_not_stop_a_change_of_the_encoder(
    run, any_store, catalog, encoder
):
    """Its old features are of no use, and its picture cannot be encoded: it leaves, as the rejects say."""
    run()
    (catalog / "images" / "110.png").write_bytes(b"no picture")
    encoder.spec = EncoderSpec("another", "fp32", "another-fingerprint", encoder.spec.parts)
    outcome = run()
    assert (outcome.outcome, outcome.products) == ("fitted", 47)
    assert (outcome.changes["removed"], outcome.changes["missing"]) == (1, 0)
    assert [reject.id for reject in outcome.rejects] == ["110"]
    assert "110" not in content(any_store)


def test_without_publish_searches_stay_where_they_are(run, any_store, catalog):
    first = run()
    repaint(catalog, 103)
    found = run(publish=False)
    assert (any_store.current(), found.published) == (first.version, False)
    assert found.candidate != first.version


def test_an_interrupted_update_is_completed_by_the_next_one(run, any_store, catalog, monkeypatch):
    first = run()
    for number in range(100, 106):
        repaint(catalog, number)

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("likewise.ingest.index.build.write_rejects", die)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert any_store.current() == first.version
    run()
    with any_store.open() as reader:
        assert reader.count() == reader.manifest.products == 48
        contents = {record.payload["content"] for record in reader.scroll()}
    assert len(contents) == 43
    assert run().outcome == "nothing"


def test_an_update_that_was_killed_before_its_manifest_is_never_nothing_to_do(
    run, any_store, catalog, killed_before_commit
):
    """All points have arrived: products and catalog agree, only the manifest is yesterday's."""
    run()
    rewrite(catalog, lambda row: None if row[0] == "100" else row)

    with killed_before_commit():
        run(prune_missing=True)
    assert run(prune_missing=True).outcome == "updated"
    with any_store.open() as reader:
        assert reader.count() == reader.manifest.products == sum(reader.manifest.clusters.values()) == 47
    assert run(prune_missing=True).outcome == "nothing"


def test_an_ingest_waits_for_no_other_run(run, any_store, catalog):
    run()
    repaint(catalog, 103)
    with any_store.exclusive(), pytest.raises(StoreBusyError):
        run()
    assert run().outcome == "updated"


def test_the_recipe_is_read_when_nobody_else_can_change_it_any_more(run, any_store, monkeypatch):
    """While this run waited for its turn, another one published a version that was built in another way."""
    run()
    other = Recipe(reducer_params={"n_components": 5}, clusterer_params={"n_clusters": 2}, seed=3)
    exclusive = any_store.exclusive

    @contextmanager
    def late(timeout=0.0):
        monkeypatch.setattr(any_store, "exclusive", exclusive)
        run(other)
        with exclusive():
            yield

    monkeypatch.setattr(any_store, "exclusive", late)
    outcome = run(None)
    assert (outcome.outcome, outcome.version) == ("nothing", "v000002")
    monkeypatch.setattr(any_store, "exclusive", exclusive)
    refit = run(None, refit="always")
    assert Recipe.from_manifest(refit.manifest).seed == 3
    assert len(refit.manifest.clusters) == 2


def test_compare_keeps_what_is_broken_today(run, any_store):
    report = run()
    with any_store.open() as reader:
        nothing = EncodedCatalog([], None, reader.manifest.encoder, reader.manifest.schema, None, "")
        changes = find_changes(reader, nothing, removes=lambda each: each != "100")
    assert len(changes.removed) == report.products - 1
    assert changes.missing == ["100"]


def test_a_run_waits_for_another_one_as_long_as_it_is_told(run, any_store, catalog):
    run()
    repaint(catalog, 103)
    if isinstance(any_store, EmbeddedStore):
        elsewhere = EmbeddedStore(any_store.folder)
    else:
        elsewhere = type(any_store)(any_store._connection, any_store.name)
    other = elsewhere.exclusive()
    other.__enter__()
    end = threading.Timer(0.5, other.__exit__, (None, None, None))
    with pytest.raises(StoreBusyError):
        run(lock_timeout=0.1)
    end.start()
    assert run(lock_timeout=20).outcome == "updated"
    end.join()
