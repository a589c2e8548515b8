"""Products and rejects are the same after a stay on the disk."""

import pytest

from likewise.ingest import spool
from likewise.ingest.catalog import Product, Reject, read_catalog, spool_products, spool_rejects
from likewise.ingest.images import Folder, Picture


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(spool, "HELD", 0)
    monkeypatch.setattr(spool, "BLOCK", 2)


def test_a_product_comes_back_with_its_values_and_what_reads_its_pictures(on_disk):
    here, there = Folder(None), Folder(None)
    values = {"title": "Ä \ud800", "price": 1.0, "stock": 2**63 - 1, "new": True, "tags": ("a", "b")}
    product = Product("7", (Picture("1.jpg", here), Picture("2.jpg", there)), values, 12)
    found = spool_products([product] * 3)[0]
    assert found == product
    assert found is not product
    assert [type(value) for value in found.values.values()] == [str, float, int, bool, tuple]
    assert [picture.source for picture in found.pictures] == [here, there]
    assert found.pictures[1].source is there


def test_a_reject_comes_back(on_disk):
    reject = Reject("7", "bad-id", "the id", "styles.csv", 3)
    assert spool_rejects([reject] * 5) == [reject] * 5


def test_a_catalog_is_the_same_from_the_disk(catalog, monkeypatch):
    for name in ("104_1", "105_1"):
        (catalog / "images" / f"{name}.png").write_bytes((catalog / "images" / "104.png").read_bytes())
    table = catalog / "styles.csv"
    table.write_text(table.read_text().replace("\n120,", "\n,").replace("\n106,", "\n105_1,"))
    held = read_catalog(catalog)
    monkeypatch.setattr(spool, "HELD", 0)
    monkeypatch.setattr(spool, "BLOCK", 5)
    read = read_catalog(catalog)
    assert (read.products, read.rejects, read.warnings) == (held.products, held.rejects, held.warnings)
    pictures = {product.id: len(product.pictures) for product in read.products}
    assert (pictures["104"], pictures["105"], pictures["105_1"]) == (2, 1, 1)
