"""What a search answers is the same on every store; expected answers come from the vectors, not from a store."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ImageError, IncompatibleError, NotFoundError, ParameterError
from likewise.search import Not, SearchClient

RECIPES = {
    "plain": Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4}),
    "attributes": Recipe(
        reducer="attributes",
        reducer_params={"n_components": 8, "members": 1, "hidden": 16},
        clusterer_params={"n_clusters": 4},
    ),
}
EVERYTHING = {"k": 48, "probe": "all"}


@pytest.fixture(scope="module")
def setting(shared_store, make_catalog, make_encoder, tmp_path_factory):
    """A catalog, and versions of its index that the recipes made: written once, and then only read."""
    folder = tmp_path_factory.mktemp("contract")
    catalog = make_catalog(folder / "catalog")
    versions = {}
    for name, recipe in RECIPES.items():
        outcome = ingest(catalog, shared_store, recipe=recipe, encoder=make_encoder(), cache=folder / "cache")
        versions[name] = outcome.version
    shared_store.publish(versions["plain"])
    return shared_store, catalog, versions


@pytest.fixture
def store(setting):
    return setting[0]


@pytest.fixture
def catalog(setting):
    return setting[1]


@pytest.fixture
def client(setting, encoder):
    with SearchClient.open(setting[0], version=setting[2]["plain"], encoder=encoder) as client:
        yield client


@pytest.fixture
def learned(setting, encoder):
    """A client of the index whose reducer learned attributes."""
    with SearchClient.open(setting[0], version=setting[2]["attributes"], encoder=encoder) as client:
        yield client


def ids(hits):
    return [hit.id for hit in hits]


def ranking(client, vector, **qualities):
    """Ids and scores of all products with these qualities, by cosine to a vector, computed here."""
    products = [p for p in client.products() if all(p[key] in values for key, values in qualities.items())]
    vectors = np.stack([client.vector(payload["id"]) for payload in products])
    scores = vectors @ vector
    return [(products[at]["id"], float(scores[at])) for at in np.argsort(-scores)]


def assert_equal_answers(hits, expected):
    """Equal ids in order, but for ties: the cosines are float32, and every engine adds up in its own order."""
    np.testing.assert_allclose([hit.score for hit in hits], [score for _, score in expected], atol=2e-5)
    scores = dict(expected)
    for hit in hits:
        assert hit.score == pytest.approx(scores[hit.id], abs=2e-5)


def test_probe_all_is_exact_cosine_over_the_whole_index(client):
    expected = [pair for pair in ranking(client, client.vector("110")) if pair[0] != "110"]
    assert_equal_answers(client.similar("110", **EVERYTHING), expected)


def test_probe_1_is_exact_inside_the_querys_cluster(client):
    inside = ranking(client, client.vector("110"), cluster=[client.get("110")["cluster"]])
    expected = [pair for pair in inside if pair[0] != "110"]
    assert_equal_answers(client.similar("110", len(expected)), expected)


def test_a_wider_probe_never_finds_worse_hits(client):
    sums = [sum(hit.score for hit in client.similar("103", 6, probe=probe)) for probe in (1, 2, 3, 4)]
    assert sums == sorted(sums)
    assert ids(client.similar("103", 6, probe=4)) == ids(client.similar("103", 6, probe="all"))


def test_the_product_itself_is_left_out_unless_asked_for(client):
    assert "100" not in ids(client.similar("100", 48, probe="all"))
    assert len(client.similar("100", 47, probe="all")) == len(client.similar("100", 48, probe="all")) == 47
    assert client.similar("100", 46, probe="all") == client.similar("100", 47, probe="all", include_self=True)[1:]
    first = client.similar("100", 10, include_self=True)[0]
    assert (first.id, round(first.score, 4)) == ("100", 1.0)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"gender": "Women"}, {"gender": ["Women"]}),
        ({"gender": "Women", "baseColour": ["Red", "Blue"]}, {"gender": ["Women"], "baseColour": ["Red", "Blue"]}),
        ({"articleType": Not("Tshirts")}, {"articleType": ["Casual Shoes", "Watches"]}),
        ({"articleType": {"not": ["Tshirts", "Watches"]}}, {"articleType": ["Casual Shoes"]}),
        (
            {"gender": "Men", "articleType": Not("Tshirts")},
            {"gender": ["Men"], "articleType": ["Casual Shoes", "Watches"]},
        ),
        ({"cluster": ["0", "2"]}, {"cluster": ["0", "2"]}),
        ({"year": "2011", "season": "Fall", "usage": "Casual"}, {}),
    ],
)
def test_filters_choose_by_value_any_of_and_negation(client, where, expected):
    wanted = [pair for pair in ranking(client, client.vector("100"), **expected) if pair[0] != "100"]
    assert_equal_answers(client.similar("100", 48, where=where, probe="all"), wanted)
    chosen = {payload["id"] for payload in client.products(where)}
    assert {name for name, _ in wanted} == chosen - {"100"}
    assert client.count(where) == len(chosen)


def test_nothing_qualifies_is_an_empty_answer(client):
    assert client.similar("100", where={"gender": "Nobody"}, probe="all") == []
    assert client.count({"gender": "Nobody"}) == 0


def test_hits_carry_whole_payloads(client):
    for hit in client.similar("100", **EVERYTHING):
        assert hit.payload == client.get(hit.id)
        assert hit.payload["id"] == hit.id


def test_batches_answer_like_single_calls(client, catalog):
    names = ["100", "117", "142"]
    assert client.similar_batch(names, 4) == [client.similar(name, 4) for name in names]
    assert client.get_batch(names) == [client.get(name) for name in names]
    paths = [catalog / "images" / f"{name}.png" for name in names]
    for one, path in zip(client.similar_to_image_batch(paths, 4), paths, strict=True):
        assert ids(one) == ids(client.similar_to_image(path, 4))
    vectors = np.stack([client.vector(name) for name in names])
    assert [hits[0].id for hits in client.similar_to_vector_batch(vectors, 4)] == names
    assert client.similar_batch([]) == client.similar_to_image_batch([]) == client.get_batch([]) == []


def test_a_batch_larger_than_a_request_keeps_its_order(client):
    names = [str(100 + at % 48) for at in range(700)]
    answers = client.similar_batch(names, 1, include_self=True, probe="all")
    assert [hits[0].id for hits in answers] == names
    assert [payload["id"] for payload in client.get_batch(names)] == names


def test_a_picture_is_found_whether_path_bytes_or_image(client, catalog):
    path = catalog / "images" / "121.png"
    for image in (path, str(path), path.read_bytes(), Image.open(path)):
        found = client.similar_to_image(image, 3)
        assert (found[0].id, round(found[0].score, 4)) == ("121", 1.0)
    assert_equal_answers(client.similar_to_image(path, **EVERYTHING), ranking(client, client.vector("121")))


def test_a_vector_of_any_length_is_normalised(client):
    assert client.similar_to_vector(5 * client.vector("130"), 1)[0].score == pytest.approx(1, abs=1e-5)


def test_a_threshold_cuts_the_tail(client):
    every = client.similar("100", **EVERYTHING)
    middle = (every[10].score + every[11].score) / 2
    assert len(client.similar("100", **EVERYTHING, score_threshold=middle)) == 11
    assert client.similar("100", **EVERYTHING, score_threshold=-1) == every


@pytest.mark.parametrize("prior", [0.0, 0.3, 1.0])
def test_a_prior_weighs_the_two_halves_of_a_vector(learned, catalog, prior):
    client = learned
    image = catalog / "images" / "111.png"
    query = client._lazy.model().point_vectors(client._lazy.features([image]))[0]
    query = np.concatenate([(1 - prior) * query[:8], prior * query[8:]])
    records = client._reader.retrieve([payload["id"] for payload in client.products()], with_vector=True)
    scores = {record.id: float(record.vector @ query) for record in records}
    hits = client.similar_to_image(image, **EVERYTHING, prior=prior)
    assert_equal_answers(hits, sorted(scores.items(), key=lambda pair: -pair[1]))


def test_a_confident_search_and_a_filter_hold_on_every_store(learned, catalog):
    client = learned
    least = client.manifest.capabilities.threshold
    hits = client.similar_to_image(catalog / "images" / "100.png", **EVERYTHING, score_threshold="confident")
    assert all(hit.score >= least - 1e-5 for hit in hits)
    found = client.similar("100", where={"articleType": "Watches"}, **EVERYTHING, prior=1.0)
    assert {hit.payload["articleType"] for hit in found} == {"Watches"}
    assert len(found) == 16


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"k": 0}, "k must be between 1 and 10,000; received 0"),
        ({"probe": 0}, "received 0"),
        ({"probe": "most"}, "received 'most'"),
        ({"score_threshold": 2.0}, "received 2.0"),
        ({"score_threshold": "high"}, "received 'high'"),
        ({"where": {"baseColor": "Red"}}, "cannot be filtered by 'baseColor'. Did you mean 'baseColour'"),
        ({"where": {"gender": []}}, "'gender' received no value"),
        ({"where": {"year": 2011}}, "its values are texts"),
        ({"prior": 0.5}, "learns no attributes"),
        ({"prior": 2.0}, "between 0 and 1"),
        ({"score_threshold": "confident"}, "no calibrated threshold"),
    ],
)
def test_impossible_arguments_are_named_before_the_store_is_asked(client, arguments, text):
    with pytest.raises(ParameterError, match=text):
        client.similar("100", **arguments)


def test_what_is_not_there_or_does_not_fit_is_named(client, store, make_encoder, tmp_path):
    for call in (client.similar, client.get, client.vector):
        with pytest.raises(NotFoundError, match=r"no product '4711' in version v000001 \(48 products\)"):
            call("4711")
    with pytest.raises(NotFoundError, match="4711"):
        client.get_batch(["100", "4711"])
    with pytest.raises(NotFoundError, match="v000009"):
        SearchClient.open(store, version="v000009")
    with pytest.raises(IncompatibleError, match="encoder_fingerprint differs"):
        SearchClient.open(store, encoder=make_encoder("another"))
    with pytest.raises(ImageError, match="missing"):
        client.similar_to_image(tmp_path / "nowhere.jpg")
    with pytest.raises(ParameterError):
        client.similar_to_vector(np.full(8, np.nan))


def test_a_client_stays_on_the_version_that_it_opened(setting, encoder):
    store, _, versions = setting
    with SearchClient.open(store, encoder=encoder) as client:
        before = client.similar("110", **EVERYTHING)
        store.publish(versions["attributes"])
        try:
            assert client.similar("110", **EVERYTHING) == before
            with SearchClient.open(store, encoder=encoder) as other:
                assert other.manifest.version == versions["attributes"]
        finally:
            store.publish(versions["plain"])
