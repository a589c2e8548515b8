from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.errors import ImageError, IncompatibleError, NotFoundError, ParameterError
from likewise.ingest.pipeline import Recipe, ingest
from likewise.ingest.stores.embedded import EmbeddedStore
from likewise.search import Not, SearchClient


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_catalog, make_encoder):
    folder = tmp_path_factory.mktemp("search")
    catalog = make_catalog(folder / "catalog")
    store = EmbeddedStore(folder / "index", create=True)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, store, make_encoder(), store.embeddings, recipe=recipe)
    return catalog, store


@pytest.fixture
def catalog(setting) -> Path:
    return setting[0]


@pytest.fixture
def client(setting, make_encoder):
    with SearchClient.open(setting[1].folder, encoder=make_encoder()) as opened:
        yield opened


def ids(hits):
    return [hit.id for hit in hits]


def exact(client, product_id):
    """All other products by cosine, from the vectors themselves."""
    names = sorted(payload["id"] for payload in client.products())
    vectors = np.stack([client.vector(name) for name in names])
    scores = vectors @ client.vector(product_id)
    return [(names[at], scores[at]) for at in np.argsort(-scores) if names[at] != product_id]


def test_probe_all_is_exact_cosine_over_the_whole_index(client):
    expected = exact(client, "110")[:6]
    hits = client.similar("110", probe="all")
    assert ids(hits) == [name for name, _ in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for _, score in expected], atol=1e-5)


def test_probe_1_is_exact_inside_the_querys_cluster(client):
    cluster = client.get("110")["cluster"]
    members = {payload["id"] for payload in client.products({"cluster": cluster})}
    assert ids(client.similar("110", 5)) == [name for name, _ in exact(client, "110") if name in members][:5]


def test_a_wider_probe_never_finds_worse_hits(client):
    sums = [sum(hit.score for hit in client.similar("103", 6, probe=probe)) for probe in (1, 2, 3, 4)]
    assert sums == sorted(sums)
    assert ids(client.similar("103", 6, probe=4)) == ids(client.similar("103", 6, probe="all"))


def test_the_product_itself_is_left_out_unless_asked_for(client):
    assert "100" not in ids(client.similar("100", 10))
    first = client.similar("100", 10, include_self=True)[0]
    assert (first.id, round(first.score, 4)) == ("100", 1.0)


def test_where_chooses_by_value_any_of_and_negation(client):
    hits = client.similar("100", 48, where={"gender": "Women", "baseColour": ["Red", "Blue"]}, probe="all")
    assert {(hit.payload["gender"], hit.payload["baseColour"]) for hit in hits} == {("Women", "Red"), ("Women", "Blue")}
    for form in (Not("Tshirts"), {"not": ["Tshirts"]}):
        hits = client.similar("100", 48, where={"articleType": form}, probe="all")
        assert {hit.payload["articleType"] for hit in hits} == {"Casual Shoes", "Watches"}
    assert client.count({"gender": "Women"}) == 24


def test_a_picture_is_found_whether_path_bytes_or_image(client, catalog):
    path = catalog / "images" / "121.png"
    for image in (path, str(path), path.read_bytes(), Image.open(path)):
        found = client.similar_to_image(image, 3)
        assert (found[0].id, round(found[0].score, 4)) == ("121", 1.0)


def test_a_batch_answers_like_single_calls(client, catalog):
    names = ["100", "117", "142"]
    assert client.similar_batch(names, 4) == [client.similar(name, 4) for name in names]
    paths = [catalog / "images" / f"{name}.png" for name in names]
    singles = [client.similar_to_image(path, 4) for path in paths]
    for one, other in zip(client.similar_to_image_batch(paths, 4), singles, strict=True):
        assert ids(one) == ids(other)
    vectors = np.stack([client.vector(name) for name in names])
    assert [hits[0].id for hits in client.similar_to_vector_batch(vectors, 4)] == names
    assert client.similar_batch([]) == client.similar_to_image_batch([]) == []


def test_a_vector_of_any_length_is_normalised(client):
    assert client.similar_to_vector(5 * client.vector("130"), 1)[0].score == pytest.approx(1, abs=1e-5)


def test_a_threshold_cuts_the_tail(client):
    every = client.similar("100", 40, probe="all")
    middle = every[10].score
    assert len(client.similar("100", 40, probe="all", score_threshold=middle + 1e-6)) == 10


def test_an_unknown_product_is_named(client):
    with pytest.raises(NotFoundError, match=r"no product '4711' in version v000001 \(48 products\)"):
        client.similar("4711")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"k": 0}, "k must be between 1 and 10,000; received 0"),
        ({"probe": 0}, "received 0"),
        ({"probe": "most"}, "received 'most'"),
        ({"score_threshold": 2.0}, "received 2.0"),
        ({"where": {"baseColor": "Red"}}, "cannot be filtered by 'baseColor'. Did you mean 'baseColour'"),
        ({"where": {"gender": []}}, "'gender' received no value"),
        ({"where": {"year": 2011}}, "payload values are strings"),
        ({"where": {"gender": {"nor": "Men"}}}, "the only mapping is"),
    ],
)
def test_impossible_arguments_are_named(client, arguments, text):
    with pytest.raises(ParameterError, match=text):
        client.similar("100", **arguments)


@pytest.mark.parametrize("vector", [np.zeros(3), np.full(8, np.nan), np.zeros((2, 8))])
def test_a_vector_that_cannot_be_one_of_this_index_is_refused(client, vector):
    with pytest.raises(ParameterError):
        client.similar_to_vector(vector)


def test_a_broken_picture_is_named(client, tmp_path):
    with pytest.raises(ImageError, match="missing: there is no file"):
        client.similar_to_image(tmp_path / "nowhere.jpg")
    with pytest.raises(ImageError, match="wrong-format"):
        client.similar_to_image(b"not a picture")


def test_another_encoder_is_refused_by_the_differing_field(setting, make_encoder):
    with pytest.raises(IncompatibleError, match="encoder_fingerprint differs"):
        SearchClient.open(setting[1].folder, encoder=make_encoder("another"))
    other = make_encoder()
    other.dim = 47
    with pytest.raises(IncompatibleError, match="features differs: expected 48, found 47"):
        SearchClient.open(setting[1].folder, encoder=other)


def test_a_search_by_id_loads_neither_torch_nor_scikit_learn(setting):
    import subprocess
    import sys

    program = (
        "import sys; from likewise.search import SearchClient\n"
        f"SearchClient.open({str(setting[1].folder)!r}).similar('100')\n"
        "heavy = {'torch', 'sklearn', 'pandas', 'umap', 'matplotlib', 'rich', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
