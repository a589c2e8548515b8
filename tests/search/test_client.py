"""What depends on no store: encoders, pictures, vectors and imports. The rest is in the contract suite beside."""

import numpy as np
import pytest

from likewise.ingest.errors import ImageError, IncompatibleError, ParameterError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.pipeline import Recipe, ingest
from likewise.search import SearchClient


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_catalog, make_encoder):
    folder = tmp_path_factory.mktemp("search")
    catalog = make_catalog(folder / "catalog")
    store = EmbeddedStore(folder / "index", create=True)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, store, make_encoder(), store.embeddings, recipe=recipe)
    return store


@pytest.fixture
def client(setting, make_encoder):
    with SearchClient.open(setting.folder, encoder=make_encoder()) as opened:
        yield opened


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
        SearchClient.open(setting.folder, encoder=make_encoder("another"))
    other = make_encoder()
    other.dim = 47
    with pytest.raises(IncompatibleError, match="features differs: expected 48, found 47"):
        SearchClient.open(setting.folder, encoder=other)


def test_a_search_by_id_loads_neither_torch_nor_scikit_learn(setting):
    import subprocess
    import sys

    program = (
        "import sys; from likewise.search import SearchClient\n"
        f"SearchClient.open({str(setting.folder)!r}).similar('100')\n"
        "heavy = {'torch', 'sklearn', 'pandas', 'umap', 'matplotlib', 'rich', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
