"""The size of the public data: a run that finds nothing to do, and one that finds a hundredth changed."""

import logging
import time

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.pipeline import Recipe, ingest

PRODUCTS = 6723
CHANGED = 67
SECONDS = 10.0
"""Generous: about 2 s on two quiet cores, and a test may share them."""

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 10}, batch_size=256)
LOG = logging.getLogger(__name__)


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
def test_an_unchanged_catalog_costs_seconds_and_a_hundredth_changed_only_that(shop, encoder, tmp_path):
    store = EmbeddedStore(tmp_path / "index", create=True)

    def run():
        seen, start = encoder.seen, time.perf_counter()
        report = ingest(shop, store, encoder, store.embeddings, recipe=RECIPE)
        return report, encoder.seen - seen, time.perf_counter() - start

    assert run()[1] == PRODUCTS
    report, encoded, seconds = run()
    LOG.warning("nothing to do on %d products: %.2f s", PRODUCTS, seconds)
    assert (report.outcome, encoded, report.encoded) == ("nothing", 0, 0)
    assert report.products == report.changes.unchanged == PRODUCTS
    assert seconds < SECONDS
    for number in range(0, PRODUCTS, 100)[:CHANGED]:
        paint(shop, number, PRODUCTS + number)
    report, encoded, seconds = run()
    LOG.warning("%d of %d products changed: %.2f s", CHANGED, PRODUCTS, seconds)
    assert (report.outcome, encoded, report.encoded) == ("updated", CHANGED, CHANGED)
    assert (len(report.changes.changed), report.changes.unchanged) == (CHANGED, PRODUCTS - CHANGED)
    with store.open() as reader:
        assert reader.count() == PRODUCTS
