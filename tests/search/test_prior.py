"""Searches in an index that learned its attributes, on every store."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ParameterError
from likewise.search import SearchClient

PARAMS = {"n_components": 8, "members": 2, "hidden": 32}
RECIPE = Recipe(reducer="attributes", reducer_params=PARAMS, clusterer_params={"n_clusters": 3})


@pytest.fixture
def run(any_store, catalog, encoder, tmp_path):
    def run(recipe=RECIPE):
        return ingest(catalog, any_store, recipe=recipe, encoder=encoder, cache=tmp_path / "cache")

    return run


@pytest.fixture
def client(run, any_store, encoder):
    run()
    with SearchClient.open(any_store, encoder=encoder) as client:
        yield client


def test_a_weight_of_zero_is_plain_cosine_of_the_appearance(client, catalog):
    image = catalog / "images" / "111.png"
    query = client.embed([image])[0]
    hits = client.similar_to_image(image, 48, probe="all", prior=0)
    cosines = {hit.id: float(query @ client.vector(hit.id)) for hit in hits}
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosines.values(), reverse=True), abs=1e-4)
    assert [hit.id for hit in client.similar_to_vector(query, 48, probe="all")] == [hit.id for hit in hits]


def test_a_weight_of_one_is_the_share_of_expected_matches(client, catalog):
    image = catalog / "images" / "111.png"
    described = client.describe(image, top=100)
    for hit in client.similar_to_image(image, 10, probe="all", prior=1):
        expected = [dict(pairs).get(hit.payload[name], 0.0) for name, pairs in described.items()]
        assert hit.score == pytest.approx(np.mean(expected), abs=0.05)


def test_a_filter_always_wins_over_a_prediction(client, catalog):
    image = catalog / "images" / "100.png"
    assert client.describe(image)["articleType"][0][0] == "Tshirts"
    hits = client.similar_to_image(image, 6, where={"articleType": "Watches"}, probe="all", prior=1)
    assert {hit.payload["articleType"] for hit in hits} == {"Watches"}


def test_a_picture_is_described_by_probabilities(client, catalog):
    found = client.describe(catalog / "images" / "101.png", top=2)
    assert found["masterCategory"][0][0] == "Footwear"
    for pairs in found.values():
        assert 0 < pairs[0][1] <= 1
        assert pairs == sorted(pairs, key=lambda pair: -pair[1])
        assert len(pairs) <= 2


def test_a_confident_search_shows_nothing_rather_than_what_is_unlike(client, catalog):
    shown = [
        bool(client.similar_to_image(catalog / "images" / f"{at}.png", score_threshold="confident", probe="all"))
        for at in range(100, 148)
    ]
    assert np.mean(shown) > 0.9
    with pytest.raises(ParameterError, match="prior"):
        client.similar("100", score_threshold="confident", prior=0.5)


def test_an_impossible_prior_is_named(client):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        client.similar("100", prior=1.5)


def test_an_index_that_learned_nothing_says_so(run, any_store, catalog, encoder):
    run(Recipe(reducer_params={"n_components": 8}))
    with SearchClient.open(any_store, encoder=encoder) as client:
        assert client.similar("100", prior=0)
        for call in (
            lambda: client.similar("100", prior=0.5),
            lambda: client.describe(catalog / "images" / "100.png"),
            lambda: client.similar("100", score_threshold="confident"),
        ):
            with pytest.raises(ParameterError, match=r"attributes|threshold"):
                call()


def test_a_changed_attribute_changes_the_vector_that_carries_it(run, any_store, catalog):
    run()
    with any_store.open() as reader:
        before = reader.retrieve(["104"], with_vector=True)[0].vector
    table = catalog / "styles.csv"
    table.write_text(table.read_text().replace("\n104,Men,", "\n104,Women,"))
    outcome = run()
    assert (outcome.outcome, outcome.changes["changed"], outcome.encoded) == ("updated", 1, 0)
    with any_store.open() as reader:
        after = reader.retrieve(["104"], with_vector=True)[0].vector
    np.testing.assert_allclose(after[:8], before[:8], atol=1e-5)
    assert not np.allclose(after[8:], before[8:], atol=1e-3)


def test_empty_attributes_are_filled_marked_and_never_overwritten(run, any_store, catalog):
    table = catalog / "styles.csv"
    header, *lines = table.read_text().splitlines()
    rows = [line.split(",") for line in lines]
    for row in rows[:6]:
        row[4] = ""
    table.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    filling = dataclasses.replace(RECIPE, fill_missing=True)
    run(filling)
    with any_store.open() as reader:
        found = {record.id: record.payload for record in reader.scroll()}
    filled = [found[row[0]] for row in rows[:6] if "articleType" in found[row[0]]]
    assert len(filled) >= 2
    for payload in filled:
        assert payload["predicted"] == ["articleType"]
    truth = dict(zip(("Tshirts", "Casual Shoes", "Watches"), ("Apparel", "Footwear", "Accessories"), strict=True))
    assert all(truth[payload["articleType"]] == payload["masterCategory"] for payload in filled)
    assert not any("predicted" in found[row[0]] for row in rows[6:])
    assert run(filling).outcome == "nothing"


def test_filling_needs_a_model_that_learned(run):
    with pytest.raises(ParameterError, match="--fill-missing"):
        run(Recipe(reducer_params={"n_components": 8}, fill_missing=True))


def test_random_noise_has_no_confident_hit(client):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8))
    confident = client.manifest.capabilities.threshold
    best = client.similar_to_image(noise, 1, probe="all")[0].score
    assert (best < confident) == (client.similar_to_image(noise, 1, probe="all", score_threshold="confident") == [])
