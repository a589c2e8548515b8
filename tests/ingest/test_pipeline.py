import dataclasses
from pathlib import Path

import numpy as np
import pytest

from likewise.ingest import Recipe, RejectLimit, Rules, ingest
from likewise.ingest.catalog import ReadingOptions
from likewise.ingest.errors import CatalogError, ParameterError, StoreBusyError, TooManyRejectsError
from likewise.ingest.index.stores.embedded import EmbeddedStore

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "index", create=True)


def run(catalog, store, encoder, recipe=RECIPE, **rules):
    return ingest(catalog, store, recipe=recipe, encoder=encoder, rules=Rules(**{"batch_size": 7, **rules}))


def content(store, version=None):
    with store.open(version) as reader:
        return {record.id: (record.payload, record.vector.tolist()) for record in reader.scroll(with_vector=True)}


def test_every_product_is_indexed_with_the_datasets_own_keys(catalog, store, encoder, sha256):
    report = run(catalog, store, encoder)
    assert (report.products, report.rejects, report.encoded, report.published) == (48, [], 48, True)
    payload = content(store)["105"][0]
    cluster = payload.pop("cluster")
    assert cluster in report.manifest.clusters
    assert payload == {
        "id": "105",
        "gender": "Women",
        "masterCategory": "Accessories",
        "subCategory": "Watches",
        "articleType": "Watches",
        "baseColour": "Blue",
        "season": "Fall",
        "year": "2011",
        "usage": "Casual",
        "productDisplayName": "Blue Watches, slim fit",
        "image": "images/105.png",
        "content": sha256((catalog / "images" / "105.png").read_bytes()),
    }


def test_a_refit_encodes_nothing_and_builds_the_same_index(catalog, store, encoder):
    first = run(catalog, store, encoder)
    second = run(catalog, store, encoder, refit="always")
    assert (second.encoded, encoder.seen) == (0, 48)
    assert second.version != first.version
    assert content(store, first.version) == content(store, second.version)
    assert first.manifest.catalog_fingerprint == second.manifest.catalog_fingerprint


def test_products_that_share_a_picture_are_encoded_once(catalog, store, encoder):
    for number in range(101, 111):
        (catalog / "images" / f"{number}.png").write_bytes((catalog / "images" / "100.png").read_bytes())
    assert run(catalog, store, encoder).encoded == 38


def test_an_unreadable_image_becomes_a_reject_beside_the_version(catalog, store, encoder, read_rows):
    picture = catalog / "images" / "107.png"
    picture.write_bytes(picture.read_bytes()[:60])
    report = run(catalog, store, encoder)
    assert report.products == 47
    with store.open() as reader:
        rows = read_rows(reader.attachment("rejects.csv"))
    assert [(row["id"], row["reason"], row["file"], row["row"]) for row in rows] == [
        ("107", "truncated", "images/107.png", "9")
    ]


def test_too_many_rejects_publish_nothing(catalog, store, encoder):
    run(catalog, store, encoder)
    for number in range(100, 104):
        (catalog / "images" / f"{number}.png").write_bytes(b"")
    with pytest.raises(TooManyRejectsError, match=r"4 of 48 rows are rejected, at most 2 .*4 empty"):
        run(catalog, store, encoder)
    assert [found.name for found in store.versions()] == ["v000001"]
    # Their features are known from the picture that they had: a broken file today takes nothing out of the index.
    assert run(catalog, store, encoder, reject_limit=RejectLimit.parse("4"), refit="always").products == 48


def test_an_interrupted_run_repeats_at_most_one_batch(catalog, store, make_encoder):
    broken = make_encoder(fail_after=21)
    with pytest.raises(KeyboardInterrupt):
        run(catalog, store, broken)
    assert store.versions() == []
    second = make_encoder()
    assert run(catalog, store, second).encoded == 48 - 21
    whole = EmbeddedStore(store.folder.parent / "other", create=True)
    run(catalog, whole, make_encoder())
    assert content(store) == content(whole)


def test_another_encoder_never_reads_this_ones_vectors(catalog, store, make_encoder):
    run(catalog, store, make_encoder())
    other = make_encoder("another-fingerprint")
    assert run(catalog, store, other).encoded == 48


def test_no_publish_leaves_searches_where_they_are(catalog, store, encoder):
    first = run(catalog, store, encoder)
    second = run(catalog, store, encoder, publish=False, refit="always")
    assert store.current() == first.version
    assert second.candidate in [found.name for found in store.versions()]


def test_only_restricts(catalog, store, encoder):
    reading = ReadingOptions(only=(("masterCategory", "Footwear"), ("masterCategory", "Apparel")))
    run(catalog, store, encoder, recipe=dataclasses.replace(RECIPE, reading=reading))
    masters = {payload["masterCategory"] for payload, _ in content(store).values()}
    assert masters == {"Footwear", "Apparel"}


def test_a_busy_store_is_left_alone(catalog, store, encoder):
    with store._lock.held(), pytest.raises(StoreBusyError):
        run(catalog, store, encoder)
    assert run(catalog, store, encoder).version == "v000001"


def test_without_any_usable_product_the_table_is_named(catalog, store, encoder):
    for picture in (catalog / "images").iterdir():
        picture.write_bytes(b"")
    with pytest.raises(CatalogError, match=r"styles\.csv"):
        run(catalog, store, encoder, reject_limit=RejectLimit.parse("100%"))


def test_what_cannot_work_is_refused_before_anything_is_encoded(catalog, store, encoder):
    run(catalog, store, encoder)
    for picture in (catalog / "images").iterdir():
        picture.write_bytes(picture.read_bytes() + b" ")
    for recipe in (Recipe(reducer="pac"), Recipe(reducer_params={"components": 8})):
        with pytest.raises(ParameterError, match="Known: "):
            run(catalog, store, encoder, recipe=recipe)
    with pytest.raises(ParameterError, match="--refit never"):
        run(catalog, store, encoder, recipe=Recipe(), refit="never")
    assert encoder.seen == 48


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [("reducer", "pac", "Did you mean 'pca'"), ("clusterer", "k-means", "Did you mean 'kmeans'")],
)
def test_an_unknown_strategy_lists_the_known_ones(catalog, store, encoder, field, value, text):
    with pytest.raises(ParameterError, match=text):
        run(catalog, store, encoder, recipe=Recipe(**{"reducer_params": {"n_components": 8}, field: value}))
    assert store.versions() == []


def test_vectors_have_unit_length_and_belong_to_their_nearest_cluster(catalog, store, encoder):
    run(catalog, store, encoder)
    with store.open() as reader:
        model = reader.model()
        records = list(reader.scroll(with_vector=True))
    vectors = np.stack([record.vector for record in records])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert [record.payload["cluster"] for record in records] == [str(at) for at in model.clusterer.predict(vectors)]
