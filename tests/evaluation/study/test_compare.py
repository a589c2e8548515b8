import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.evaluation.study import compare as study_of
from likewise.evaluation.study import methods, queries, scores, tables, verdicts, work
from likewise.ingest.catalog.reader import read_catalog
from likewise.ingest.errors import CatalogError, ParameterError, StoreError, TooManyRejectsError
from likewise.ingest.features.cache import FeatureCache
from likewise.ingest.features.encode import Embedded, embed
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent


@pytest.fixture(scope="module")
def catalog(tmp_path_factory, make_catalog) -> Path:
    return make_catalog(tmp_path_factory.mktemp("study") / "catalog", 90)


@pytest.fixture(scope="module")
def chosen():
    return methods.choose(["none", "pca"], methods.table_one(components=8))


def run(catalog, out, encoder, chosen, **more):
    options = study_of.Options(**{"per_category": 8, **more})
    return study_of.compare(catalog, out, encoder, chosen, options=options, progress=Silent())


@pytest.fixture(scope="module")
def done(tmp_path_factory, catalog, chosen, make_encoder):
    """A finished comparison under both protocols."""
    out = tmp_path_factory.mktemp("report")
    return out, run(catalog, out, make_encoder(), chosen)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, catalog, make_encoder) -> Embedded:
    encoder = make_encoder()
    cache = FeatureCache(tmp_path_factory.mktemp("cache"), encoder.fingerprint, encoder.dim)
    return embed(read_catalog(catalog).products, encoder, cache, batch_size=32, progress=Silent())


def test_held_out_queries_are_in_no_index(done):
    out, study = done
    asked = {study.embedded.products[at].id for at in study.splits["held-out"].queries}
    assert len(asked) == 24
    for name in ("none", "pca"):
        outcome = work.load(out / "work" / "held-out" / name)
        assert asked.isdisjoint(outcome.payloads)
        assert all(len(ids) == len(set(ids)) for ids in outcome.ids)


def test_in_catalog_queries_are_left_out_of_their_own_hits_only(done):
    out, study = done
    outcome = work.load(out / "work" / "in-catalog" / "none")
    for at, ids in zip(study.splits["in-catalog"].queries, outcome.ids, strict=True):
        assert study.embedded.products[at].id not in ids
    assert any(study.embedded.products[at].id in outcome.payloads for at in study.splits["in-catalog"].queries)


def test_raw_features_score_what_a_search_by_hand_scores(done):
    _, study = done
    features = study.features.vectors(study.embedded.rows)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    products = study.embedded.products
    chosen = study.splits["held-out"]
    expected = []
    for at in chosen.queries:
        best = chosen.indexed[np.argsort(-(features[chosen.indexed] @ features[at]), kind="stable")[:6]]
        matches = [
            [products[hit].attributes[name] == products[at].attributes[name] for name in scores.SCORED] for hit in best
        ]
        expected.append(np.mean(matches))
    result = next(found for found in study.results if (found.protocol, found.method.name) == ("held-out", "none"))
    # Ties at the sixth place may fall either way.
    assert np.mean(np.isclose(result.scores.values["precision", 6], expected)) > 0.9


def test_changing_a_held_out_querys_attributes_changes_nothing_that_is_fitted_or_returned(
    tmp_path, make_encoder, make_catalog
):
    chosen = methods.choose(["none", "pca", "attributes"], methods.table_one(components=8))
    ids = tuple(str(number) for number in range(100, 112))
    for side in "ab":
        folder = make_catalog(tmp_path / side / "catalog", 90)
        for number in range(100, 190):
            # Pictures of their own: hits that tie would come back in any order.
            pixels = np.random.default_rng(number).integers(0, 255, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((40, 40)).save(folder / "images" / f"{number}.png")
        if side == "b":
            table = folder / "styles.csv"
            lines = table.read_text().splitlines()
            for at, line in enumerate(lines):
                if line.split(",")[0] in ids:
                    lines[at] = line.split(",")[0] + ",Nobody,Nothing,Nowhere,Nix,Void,Never,1900,None,wrong"
            table.write_text("\n".join(lines) + "\n")
        run(folder, tmp_path / side, make_encoder(), chosen, ids=ids, protocols=("held-out",))
    for name in ("none", "pca", "attributes"):
        first, second = (tmp_path / side / "work" / "held-out" / name for side in "ab")
        fitted = [EmbeddedStore(folder / "store").open() for folder in (first, second)]
        assert fitted[0].manifest.model_hash == fitted[1].manifest.model_hash
        stored = [{found.id: found.vector.tolist() for found in each.scroll(with_vector=True)} for each in fitted]
        assert stored[0] == stored[1]
        assert work.load(first).ids == work.load(second).ids
        assert work.load(first).payloads == work.load(second).payloads


def test_a_second_run_takes_up_what_is_there_and_a_changed_one_does_not(done, catalog, chosen, make_encoder):
    out, _ = done
    marker = out / "work" / "held-out" / "pca" / "outcome.json"
    before = marker.stat().st_mtime_ns
    run(catalog, out, make_encoder(), chosen)
    assert marker.stat().st_mtime_ns == before
    wider = methods.choose(["pca"], methods.table_one(components=9))
    run(catalog, out, make_encoder(), wider, protocols=("held-out",))
    assert marker.stat().st_mtime_ns != before
    run(catalog, out, make_encoder(), chosen)


def test_the_table_is_flat_complete_and_in_per_cent(done):
    out, study = done
    rows = tables.all_rows(study.results)
    tests = verdicts.verdicts(study.results)
    tables.write(out, study, rows, tests)
    written = json.loads((out / "table.json").read_text())
    assert all(
        row.keys() == {"protocol", "method", "category", "metric", "k", "value", "low", "high", "n"} for row in written
    )
    named = {(row["protocol"], row["method"], row["category"], row["metric"], row["k"]) for row in written}
    assert len(named) == len(written)
    for protocol in ("in-catalog", "held-out"):
        for category in ("Apparel", "Footwear", "Accessories", "mean"):
            for k in scores.KS:
                assert (protocol, "pca", category, "precision", k) in named
                assert (protocol, "pca", category, "recall", k) in named
            assert (protocol, "pca", category, "match_baseColour", 6) in named
    for row in written:
        if row["value"] is not None:
            assert 0 <= row["low"] <= row["value"] <= row["high"] <= 100
    with (out / "table.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(written)
    markdown = (out / "table.md").read_text()
    assert "ResNet-50" in markdown
    assert "*79.5*" in markdown, "the published figure stands beside ours"


def test_every_method_is_tested_against_the_raw_features(done):
    tests = verdicts.verdicts(done[1].results)
    assert [(test.protocol, test.method, test.reference) for test in tests] == [
        ("in-catalog", "pca", "none"),
        ("held-out", "pca", "none"),
    ]
    assert all(0 < test.p <= 1 and test.text for test in tests)


def test_a_method_that_cannot_be_built_is_named_with_its_reason(tmp_path, catalog, make_encoder):
    impossible = methods.choose(["pca"], methods.table_one(components=1000))
    with pytest.raises(StoreError, match=r"pca \(in-catalog\) could not be run: .*1000"):
        run(catalog, tmp_path, make_encoder(), impossible)


def test_too_many_rejects_stop_before_anything_is_built(tmp_path, make_catalog, chosen, make_encoder):
    catalog = make_catalog(tmp_path / "catalog", 60)
    for number in range(100, 110):
        (catalog / "images" / f"{number}.png").write_bytes(b"")
    with pytest.raises(TooManyRejectsError, match="10 of 60 rows"):
        run(catalog, tmp_path / "out", make_encoder(), chosen)
    assert not (tmp_path / "out" / "work" / "in-catalog").exists()


def test_the_sample_does_not_depend_on_the_order_of_the_table(embedded):
    at = np.arange(len(embedded.products))[::-1]
    turned = queries.subset(embedded, at)
    one = queries.split(embedded, "in-catalog", per_category=5, seed=3)
    other = queries.split(turned, "in-catalog", per_category=5, seed=3)
    assert [embedded.products[at].id for at in one.queries] == [turned.products[at].id for at in other.queries]


def test_named_queries_are_exactly_those_removed(embedded):
    found = queries.split(embedded, "held-out", per_category=5, seed=0, ids=["105", "101"])
    assert [embedded.products[at].id for at in found.queries] == ["105", "101"]
    assert len(found.indexed) == 88
    assert not set(found.indexed) & set(found.queries)


def test_a_query_that_is_not_in_the_catalog_is_named(embedded, tmp_path):
    (tmp_path / "ids.txt").write_text("\ufeff101\n\n4711\n101\n")
    ids = queries.read_queries(tmp_path / "ids.txt")
    assert ids == ["101", "4711"]
    with pytest.raises(CatalogError, match=r"1 of the 2 query products .* first '4711'"):
        queries.split(embedded, "held-out", per_category=5, seed=0, ids=ids)


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"\xff\xfe"])
def test_a_query_file_without_ids_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(CatalogError, match=r"ids\.txt"):
        queries.read_queries(tmp_path / "ids.txt")


def test_unknown_methods_list_the_known_ones():
    with pytest.raises(ParameterError, match=r"Unknown method 'tnse'\. Did you mean 'tsne'\? Known: none, pca"):
        methods.choose(["tnse"], methods.table_one())
    assert [method.name for method in methods.choose([], methods.table_one())] == list(methods.table_one())


def test_near_duplicates_give_their_place_to_the_next_hit(embedded):
    split = queries.split(embedded, "held-out", per_category=1, seed=0, ids=["100"])
    payloads = {product.id: {"id": product.id, **product.attributes} for product in embedded.products}
    ids = [product.id for product in embedded.products if product.id != "100"]
    outcome = work.Outcome([ids], payloads, work.Costs(0, 0, 0, 0, 0, {}))
    with_twin = scores.score(embedded, split, outcome, [[ids[0]]])
    without = scores.score(embedded, split, work.Outcome([ids[1:]], payloads, outcome.costs), [[]])
    key = "precision_without_near_duplicates"
    assert with_twin.values[key, 6] == without.values[key, 6] == without.values["precision", 6]
