from collections import Counter

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.catalog import read_catalog
from likewise.ingest.demo import draw_catalog
from likewise.ingest.demo.catalog import _KINDS


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_catalog(tmp_path_factory.mktemp("demo"), count=108)


def test_the_drawn_catalog_is_read_without_a_reject(drawn):
    catalog = read_catalog(drawn)
    assert (len(catalog.products), catalog.rejects) == (108, [])
    assert Counter(product.values["masterCategory"] for product in catalog.products).keys() == {
        "Apparel",
        "Footwear",
        "Accessories",
    }
    assert {product.values["articleType"] for product in catalog.products} == {kind.article for kind in _KINDS}
    assert any(product.values["productDisplayName"].endswith(", Pack of 2") for product in catalog.products)


def test_no_two_products_look_the_same_and_all_lie_on_white(drawn):
    seen = set()
    for path in (drawn / "images").iterdir():
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        seen.add(pixels.tobytes())
        assert pixels.shape == (256, 256, 3)
        assert pixels[:4, :4].min() > 245
        covered = (pixels.min(axis=2) < 235).mean()
        assert 0.04 < covered < 0.7, path
    assert len(seen) == 108


def test_the_same_seed_draws_the_same_products(drawn, tmp_path):
    again = draw_catalog(tmp_path / "again", count=3)
    other = draw_catalog(tmp_path / "other", count=3, seed=1)
    for name in ("10000.jpg", "10001.jpg", "10002.jpg"):
        assert (again / "images" / name).read_bytes() == (drawn / "images" / name).read_bytes()
        assert (other / "images" / name).read_bytes() != (drawn / "images" / name).read_bytes()
