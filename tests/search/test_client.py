"""What depends on no store: encoders, pictures, vectors and imports. The rest is in the contract suite beside."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import ImageError, IncompatibleError, NotFoundError, ParameterError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient, SearchOptions


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_catalog, make_encoder):
    folder = tmp_path_factory.mktemp("search")
    store = EmbeddedStore(folder / "index", create=True)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(make_catalog(folder / "catalog"), store, recipe=recipe, encoder=make_encoder())
    return store


@pytest.fixture
def client(setting, make_encoder):
    with SearchClient.open(setting.folder, encoder=make_encoder()) as opened:
        yield opened


def test_options_travel_as_one_object_or_as_keywords(client):
    options = SearchOptions(9, {"gender": "Men"}, "all")
    assert client.similar("100", options=options) == client.similar("100", 9, where={"gender": "Men"}, probe="all")
    assert len(client.similar("100", 3, options=options)) == 3
    assert len(client.similar("100", options=options, where=None)) == 9
    with pytest.raises(TypeError, match="probes"):
        client.similar("100", probes=2)


@pytest.mark.parametrize("vector", [np.zeros(3), np.full(8, np.nan), np.zeros((2, 8))])
def test_a_vector_that_cannot_be_one_of_this_index_is_refused(client, vector):
    with pytest.raises(ParameterError):
        client.similar_to_vector(vector)


def test_a_vector_expects_no_attributes(client):
    assert client.similar_to_vector(client.vector("100"), 1, prior=0.0)
    with pytest.raises(ParameterError, match="leave out the prior"):
        client.similar_to_vector(client.vector("100"), prior=0.5)


def test_a_broken_picture_is_named(client, tmp_path):
    with pytest.raises(ImageError, match="missing: there is no file"):
        client.similar_to_image(tmp_path / "nowhere.jpg")
    with pytest.raises(ImageError, match="wrong-format"):
        client.similar_to_image(b"not a picture")


def test_another_encoder_is_refused_by_the_differing_field(setting, make_encoder):
    for spec, text in (
        (EncoderSpec("other", "fp32", "fake-fingerprint", (48,)), "encoder differs: expected 'fake', found 'other'"),
        (EncoderSpec("fake", "fp32", "another", (48,)), "encoder_fingerprint differs"),
        (EncoderSpec("fake", "fp32", "fake-fingerprint", (47,)), "features differs: expected 48, found 47"),
    ):
        other = make_encoder()
        other.spec = spec
        with pytest.raises(IncompatibleError, match=text):
            SearchClient.open(setting.folder, encoder=other)


def test_without_its_encoder_an_index_still_answers_by_id(setting):
    with SearchClient.open(setting.folder) as client:
        assert len(client.similar("100")) == 6
        with pytest.raises(IncompatibleError, match="Unknown encoder 'fake'"):
            client.embed([b""])


@pytest.fixture
def closed(monkeypatch):
    """The stores that were closed."""
    closed = []
    monkeypatch.setattr(EmbeddedStore, "close", lambda store: closed.append(store))
    return closed


def test_a_client_closes_the_store_that_it_opened_and_no_other(setting, make_encoder, closed):
    SearchClient.open(setting).close()
    assert closed == []
    client = SearchClient.open(setting.folder)
    assert closed == []
    client.close()
    client.close()
    assert len(closed) == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"version": "v000009"}, NotFoundError), ({"encoder": "another"}, IncompatibleError)],
)
def test_what_cannot_be_opened_is_closed_again(setting, make_encoder, closed, arguments, error):
    if "encoder" in arguments:
        arguments = {"encoder": make_encoder(arguments["encoder"])}
    for store, count in ((setting, 0), (setting.folder, 1)):
        with pytest.raises(error):
            SearchClient.open(store, **arguments)
        assert len(closed) == count


def test_threads_that_need_the_model_and_the_encoder_at_once_load_them_once(setting, monkeypatch, make_encoder):
    loads = []

    def load(what):
        loads.append(what)
        # Long enough for all the others to come by.
        threading.Event().wait(0.05)
        return what

    with SearchClient.open(setting.folder) as client:
        monkeypatch.setattr(client._reader, "model", lambda: load("model"))
        monkeypatch.setattr("likewise.search.loading.open_encoder", lambda _: load("encoder"))
        with ThreadPoolExecutor(8) as pool:
            models = [pool.submit(client._lazy.model) for _ in range(4)]
            encoders = [pool.submit(client._lazy.encoder) for _ in range(4)]
        assert {each.result() for each in models} == {"model"}
        assert {each.result() for each in encoders} == {"encoder"}
    assert sorted(loads) == ["encoder", "model"]


def imported(program):
    """The modules that a program imports, as its own process."""
    run = [sys.executable, "-W", "error", "-c", f"{program}\nimport sys; print(*sys.modules)"]
    return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())


HEAVY = {"torch", "sklearn", "scipy", "pandas", "umap", "matplotlib", "rich", "qdrant_client", "starlette"}


def test_a_search_by_id_loads_neither_torch_nor_scikit_learn(setting):
    program = "from likewise.search import SearchClient\nSearchClient.open({!r}).similar('100')"
    assert not imported(program.format(str(setting.folder))) & {*HEAVY, "PIL"}


def test_the_import_alone_loads_nothing():
    assert not imported("from likewise.search import LikewiseError") & {*HEAVY, "PIL", "numpy", "qdrant_edge"}


def test_everything_that_is_exported_is_there():
    import likewise.search

    assert all(getattr(likewise.search, name) for name in likewise.search.__all__)
