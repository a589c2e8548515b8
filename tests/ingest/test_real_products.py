"""The main job on real products with the real network."""

import shutil

import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.encoders import create_encoder
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient

COUNT = 60


@pytest.fixture(scope="module")
def index(fashion, resnet50_weights, tmp_path_factory):
    """The first sixty real products, indexed."""
    folder = tmp_path_factory.mktemp("real")
    lines = (fashion / "styles.csv").read_text("utf-8").splitlines()[: COUNT + 1]
    (folder / "catalog" / "images").mkdir(parents=True)
    (folder / "catalog" / "styles.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for line in lines[1:]:
        name = f"{line.split(',')[0]}.jpg"
        shutil.copy(fashion / "images" / name, folder / "catalog" / "images" / name)
    store = EmbeddedStore(folder / "index", create=True)
    recipe = Recipe(reducer_params={"n_components": 30}, clusterer_params={"n_clusters": 4})
    report = ingest(folder / "catalog", store, recipe=recipe, encoder=create_encoder("resnet50"))
    assert (report.products, report.rejects) == (COUNT, [])
    with SearchClient.open(store) as client:
        yield folder / "catalog", client


@pytest.mark.realdata
@pytest.mark.weights
def test_every_product_finds_itself_by_its_picture(index):
    catalog, client = index
    payloads = client.products()
    found = client.similar_to_image_batch([catalog / payload["image"] for payload in payloads], 1)
    for payload, hits in zip(payloads, found, strict=True):
        # Two products may share one picture, byte for byte.
        assert hits[0].payload["content"] == payload["content"]
        assert hits[0].score == pytest.approx(1, abs=1e-4)


@pytest.mark.realdata
@pytest.mark.weights
def test_shoes_look_like_shoes(index):
    _, client = index
    shoes = [payload["id"] for payload in client.products({"masterCategory": "Footwear"})]
    hits = [hit for answer in client.similar_batch(shoes, 3, probe="all") for hit in answer]
    assert sum(hit.payload["masterCategory"] == "Footwear" for hit in hits) / len(hits) > 0.8
