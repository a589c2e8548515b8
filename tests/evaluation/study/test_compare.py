import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.evaluation.study import catalog_files, methods, queries, scores, tables, work
from likewise.evaluation.study.compare import Options, compare_methods
from likewise.ingest.catalog import FASHION, read_catalog
from likewise.ingest.encoders import EncoderSpec, LazyEncoder, Quantization, encoder_parts
from likewise.ingest.errors import CatalogError, ParameterError, StoreError, TooManyRejectsError
from likewise.ingest.features import EncodedCatalog, FeatureCache, encode_catalog
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent


@pytest.fixture(scope="module")
def catalog(tmp_path_factory, make_catalog) -> Path:
    return make_catalog(tmp_path_factory.mktemp("study") / "catalog", 90)


@pytest.fixture(scope="module")
def chosen():
    return methods.choose(["none", "pca"], methods.study_methods(components=8))


def run(catalog, out, encoder, chosen, **more):
    return compare_methods(catalog, out, encoder, chosen, Options(**{"per_category": 8, **more}), Silent())


@pytest.fixture(scope="module")
def done(tmp_path_factory, catalog, chosen, make_encoder):
    """A finished comparison under both protocols."""
    out = tmp_path_factory.mktemp("report")
    return out, run(catalog, out, make_encoder(), chosen)


@pytest.fixture(scope="module")
def encoded(tmp_path_factory, catalog, make_encoder) -> EncodedCatalog:
    encoder = make_encoder()
    cache = FeatureCache(tmp_path_factory.mktemp("cache"), encoder.spec)
    return encode_catalog(read_catalog(catalog), encoder, cache, batch_size=32, progress=Silent())


def test_held_out_queries_are_in_no_index(done):
    out, study = done
    asked = set(study.splits["held-out"].ids)
    assert len(asked) == 24
    for name in ("none", "pca"):
        answers = work.load(out / "work" / "held-out" / name)
        assert asked.isdisjoint(answers.payloads)
        assert all(len(ids) == len(set(ids)) for ids in answers.ids)


def test_in_catalog_queries_are_left_out_of_their_own_hits_only(done):
    out, study = done
    answers = work.load(out / "work" / "in-catalog" / "none")
    queries = study.splits["in-catalog"].ids
    for product_id, ids in zip(queries, answers.ids, strict=True):
        assert product_id not in ids
    assert any(product_id in answers.payloads for product_id in queries)


def test_raw_features_score_what_a_search_by_hand_scores(done):
    _, study = done
    split = study.splits["held-out"]

    def unit(items):
        features = study.catalog.features.get([item.content for item in items])
        return features / np.linalg.norm(features, axis=1, keepdims=True)

    expected = []
    similar = unit(split.queries) @ unit(split.indexed).T
    for query, row in zip(split.queries, similar, strict=True):
        best = [split.indexed[at].product.values for at in np.argsort(-row, kind="stable")[:6]]
        expected.append(np.mean([[hit[key] == query.product.values[key] for key in FASHION.role("scored")]
                                 for hit in best]))  # fmt: skip
    result = next(found for found in study.results if (found.protocol, found.method.name) == ("held-out", "none"))
    # Ties at the sixth place may fall either way.
    assert np.mean(np.isclose(result.scores.values["precision", 6], expected)) > 0.9


def test_a_method_reads_the_very_catalog_that_was_prepared(encoded, tmp_path):
    catalog_files.save_catalog(encoded, encoded.features.path.parent, tmp_path)
    read = catalog_files.load_catalog(tmp_path)
    assert list(read) == list(encoded)
    assert (read.encoder, read.schema, read.root) == (encoded.encoder, encoded.schema, encoded.root)
    contents = [item.content for item in encoded]
    np.testing.assert_array_equal(read.features.get(contents), encoded.features.get(contents))
    assert next(iter(read)).product.pictures[0].read() == next(iter(encoded)).product.pictures[0].read()


def test_the_study_sees_the_features_that_a_joined_encoder_begins_with(encoded):
    assert catalog_files.with_study_features(encoded) is encoded
    spec = LazyEncoder("resnet50-rich").spec
    seen = catalog_files.with_study_features(dataclasses.replace(encoded, encoder=spec))
    assert (seen.encoder.name, seen.encoder.dim) == ("resnet50", 2048)
    assert seen.encoder == LazyEncoder("resnet50").spec
    contents = [item.content for item in encoded]
    np.testing.assert_array_equal(seen.features.get(contents), encoded.features.get(contents)[:, :2048])


def test_of_a_quantized_encoder_they_are_a_part_of_its_own_network(encoded):
    quantization = Quantization("hash", "plain", 240, 200, 0.999, 0.98, 64)
    parts = encoder_parts("resnet50-rich")
    spec = EncoderSpec("resnet50-rich", "int8", "fingerprint", parts, "openvino", quantization)
    seen = catalog_files.with_study_features(dataclasses.replace(encoded, encoder=spec)).encoder
    assert (seen.name, seen.precision, seen.parts, seen.quantization) == ("resnet50", "int8", (2048,), quantization)
    assert seen.fingerprint not in (spec.fingerprint, LazyEncoder("resnet50").spec.fingerprint)


def test_changing_a_held_out_querys_attributes_changes_nothing_that_is_fitted_or_returned(
    tmp_path, make_encoder, make_catalog
):
    chosen = methods.choose(["none", "pca", "attributes"], methods.study_methods(components=8))
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
    marker = out / "work" / "held-out" / "pca" / "answers.json"
    before = marker.stat().st_mtime_ns
    run(catalog, out, make_encoder(), chosen)
    assert marker.stat().st_mtime_ns == before
    wider = methods.choose(["pca"], methods.study_methods(components=9))
    run(catalog, out, make_encoder(), wider, protocols=("held-out",))
    assert marker.stat().st_mtime_ns != before
    run(catalog, out, make_encoder(), chosen)


def test_the_table_is_flat_complete_and_in_per_cent(done):
    out, study = done
    tables.write(out, tables.Findings.of(study))
    written = json.loads((out / "table.json").read_text())
    assert all(
        row.keys() == {"protocol", "method", "category", "metric", "k", "value", "low", "high", "n"} for row in written
    )
    named = {(row["protocol"], row["method"], row["category"], row["metric"], row["k"]) for row in written}
    assert len(named) == len(written)
    for protocol in ("in-catalog", "held-out"):
        for category in ("Apparel", "Footwear", "Accessories", "mean"):
            for k in queries.KS:
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
    tests = tables.Findings.of(done[1]).tests
    assert [(test.protocol, test.method, test.reference) for test in tests] == [
        ("in-catalog", "pca", "none"),
        ("held-out", "pca", "none"),
    ]
    assert all(0 < test.p <= 1 and test.text for test in tests)


def test_a_method_that_cannot_be_built_is_named_with_its_reason(tmp_path, catalog, make_encoder):
    impossible = methods.choose(["pca"], methods.study_methods(components=1000))
    with pytest.raises(StoreError, match=r"pca \(in-catalog\) could not be run: .*1000"):
        run(catalog, tmp_path, make_encoder(), impossible)


def test_too_many_rejects_stop_before_anything_is_built(tmp_path, make_catalog, chosen, make_encoder):
    catalog = make_catalog(tmp_path / "catalog", 60)
    for number in range(100, 110):
        (catalog / "images" / f"{number}.png").write_bytes(b"")
    with pytest.raises(TooManyRejectsError, match="10 of 60 rows"):
        run(catalog, tmp_path / "out", make_encoder(), chosen)
    assert not (tmp_path / "out" / "work" / "in-catalog").exists()


def test_the_sample_does_not_depend_on_the_order_of_the_table(encoded):
    turned = encoded.subset(list(encoded)[::-1])
    ids = queries.sample_ids(encoded, 5, seed=3)
    assert ids == queries.sample_ids(turned, 5, seed=3)
    assert len(ids) == 15
    assert queries.sample_ids(encoded, 5, seed=4) != ids


def test_named_queries_are_exactly_those_removed(encoded):
    split = queries.split_queries(encoded, "held-out", ["105", "101"])
    assert split.ids == ("105", "101")
    assert len(split.indexed) == 88
    assert not {item.product.id for item in split.indexed} & set(split.ids)
    whole = queries.split_queries(encoded, "in-catalog", ["105", "101"])
    assert list(whole.indexed) == list(encoded)
    assert whole.digest != split.digest


def test_a_query_that_is_not_in_the_catalog_is_named(encoded, tmp_path):
    (tmp_path / "ids.txt").write_text("\ufeff101\n\n4711\n101\n")
    ids = queries.read_queries(tmp_path / "ids.txt")
    assert ids == ["101", "4711"]
    with pytest.raises(CatalogError, match=r"1 of the 2 query products .* first '4711'"):
        queries.split_queries(encoded, "held-out", ids)


def test_a_protocol_that_leaves_nothing_to_search_or_is_unknown_is_named(encoded):
    ids = [item.product.id for item in encoded]
    with pytest.raises(ParameterError, match="89 of 90 products are queries: nothing is left"):
        queries.split_queries(encoded, "held-out", ids[1:])
    with pytest.raises(ParameterError, match=r"Unknown protocol 'both'\. Known: in-catalog, held-out"):
        queries.split_queries(encoded, "both", ids)


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"\xff\xfe"])
def test_a_query_file_without_ids_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(CatalogError, match=r"ids\.txt"):
        queries.read_queries(tmp_path / "ids.txt")


def test_unknown_methods_list_the_known_ones():
    with pytest.raises(ParameterError, match=r"Unknown method 'tnse'\. Did you mean 'tsne'\? Known: none, pca"):
        methods.choose(["tnse"], methods.study_methods())
    assert [method.name for method in methods.choose([], methods.study_methods())] == list(methods.study_methods())


def test_near_duplicates_give_their_place_to_the_next_hit(encoded):
    split, scored = queries.split_queries(encoded, "held-out", ["100"]), FASHION.role("scored")
    payloads = {item.product.id: {"id": item.product.id, **item.product.values} for item in encoded}
    ids = [item.product.id for item in split.indexed]
    answers = work.Answers([ids], payloads, work.Costs(0, 0, 0, 0, 0, {}))
    with_twin = scores.score(split, answers, [[ids[0]]], scored)
    without = scores.score(split, dataclasses.replace(answers, ids=[ids[1:]]), [[]], scored)
    key = "precision_without_near_duplicates"
    assert with_twin.values[key, 6] == without.values[key, 6] == without.values["precision", 6]
