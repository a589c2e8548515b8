"""The size of the public data: a run that finds nothing to do, and one that finds a hundredth changed."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest import Recipe, Rules, ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore

PRODUCTS = 6723
CHANGED = 67

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 10})


def paint(folder, number, seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (10, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "images" / f"{number}.png")


@pytest.fixture
def shop(tmp_path):
    """A catalog of 6,723 tiny pictures, each of its own."""
    (tmp_path / "catalog" / "images").mkdir(parents=True)
    for number in range(PRODUCTS):
        paint(tmp_path / "catalog", number, number)
    rows = [
        f"{number},{('Men', 'Women')[number % 2]},Apparel,Topwear,Tshirts,Red,Fall,2011,Casual,Shirt {number}"
        for number in range(PRODUCTS)
    ]
    header = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName"
    (tmp_path / "catalog" / "styles.csv").write_text("\n".join([header, *rows]) + "\n")
    return tmp_path / "catalog"


@pytest.mark.slow
def test_an_unchanged_catalog_is_only_compared_and_a_hundredth_changed_costs_only_that(shop, encoder, tmp_path):
    store = EmbeddedStore(tmp_path / "index", create=True)

    def run():
        seen = encoder.seen
        return ingest(shop, store, recipe=RECIPE, encoder=encoder, rules=Rules(batch_size=256)), encoder.seen - seen

    assert run()[1] == PRODUCTS
    report, encoded = run()
    assert (report.outcome, encoded, report.encoded) == ("nothing", 0, 0)
    assert report.products == report.changes["unchanged"] == PRODUCTS
    assert len(store.versions()) == 1
    for number in range(0, PRODUCTS, 100)[:CHANGED]:
        paint(shop, number, PRODUCTS + number)
    report, encoded = run()
    assert (report.outcome, encoded, report.encoded) == ("updated", CHANGED, CHANGED)
    assert (report.changes["changed"], report.changes["unchanged"]) == (CHANGED, PRODUCTS - CHANGED)
    with store.open() as reader:
        assert reader.count() == PRODUCTS
