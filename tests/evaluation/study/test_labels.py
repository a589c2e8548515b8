"""The label benchmark on a small catalog whose features tell some attributes and not others."""

import json

import numpy as np
import pytest

from likewise.evaluation.study import labels, labels_report
from likewise.evaluation.study.labels_products import Products
from likewise.ingest.catalog import FASHION, Product
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.features import EncodedCatalog, EncodedProduct
from likewise.ingest.images import Folder, Picture

TYPES = {
    "Apparel": [f"shirt-{at}" for at in range(7)],
    "Footwear": [f"shoe-{at}" for at in range(7)],
    "Accessories": ["belt", "watch", "ring"],
}


class InMemory:
    """Features by content, which is the row here."""

    def __init__(self, features):
        self._features = features

    def get(self, contents):
        return self._features[[int(content) for content in contents]]


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    """360 products; the first block tells the article type, the second the colour, neither the gender."""
    rng = np.random.default_rng(0)
    kinds = [(master, kind) for master, kinds in TYPES.items() for kind in kinds]
    types, colours = rng.integers(0, len(kinds), 360), rng.integers(0, 3, 360)
    first = np.eye(len(kinds))[types] + rng.random((360, len(kinds))) / 3
    second = np.eye(3)[colours] + rng.random((360, 3)) / 3
    folder = Folder(tmp_path_factory.getbasetemp())
    items = []
    for at in range(360):
        master, kind = kinds[types[at]]
        values = {
            "gender": ("Men", "Women")[at % 2],
            "masterCategory": master,
            "subCategory": master,
            "articleType": kind,
            "baseColour": ("Red", "Green", "Blue")[colours[at]],
        }
        items.append(EncodedProduct(Product(str(at), (Picture("none.jpg", folder),), values, at), (str(at),)))
    # Parts as the rich encoder's: three stages, of a second network one, colours; the benchmark grows them.
    encoder = EncoderSpec("joined", "fp32", "joined-fingerprint", (10, 2, 2, len(kinds) - 14, 3))
    features = InMemory(np.hstack([first, second]).astype(np.float32))
    return Products(EncodedCatalog(items, features, encoder, FASHION, folder, str(folder.root)))


@pytest.mark.slow
def test_every_case_is_measured_once_and_shown(products, tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "PARAMS", {"n_components": 8, "members": 2, "hidden": 32})
    said = []
    rows = labels.measure(products, tmp_path, seeds=1, per_category=30, say=said.append)
    found = {row.case: row.precision for row in rows}
    assert found["+ second network"] > found["+ colour signature"] > found["last stage"]
    assert found["+ second network"] > found["raw features, cosine"]
    assert found["+ second network"] > found["60% of labels missing"] - 2
    assert found["+ second network"] > found["40% of labels wrong"]
    again = labels.measure(products, tmp_path, seeds=1, per_category=30, say=said.append)
    assert [row.precision for row in again] == [row.precision for row in rows]
    assert len(said) == len(rows), "what was measured is not measured again"
    assert json.loads((tmp_path / "labels.json").read_text()).keys() == found.keys()
    assert all(row.case in labels_report.markdown(rows) for row in rows)
    labels_report.plot(rows, tmp_path / "labels.png")
    assert (tmp_path / "labels.png").stat().st_size > 10_000
