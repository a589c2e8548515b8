"""The label benchmark on a small catalog whose features are known to tell some attributes."""

import json

import numpy as np
import pytest

from likewise.evaluation.study import labels, labels_report
from likewise.ingest.catalog.product import Product
from likewise.ingest.features.encode import Embedded

TYPES = {
    "Apparel": [f"shirt-{at}" for at in range(7)],
    "Footwear": [f"shoe-{at}" for at in range(7)],
    "Accessories": ["belt", "watch", "ring"],
}


class Rows:
    def __init__(self, features):
        self._features = features

    def vectors(self, rows):
        return self._features[rows]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """360 products; the first block tells the article type, the second the colour, neither the gender."""
    rng = np.random.default_rng(0)
    kinds = [(master, kind) for master, kinds in TYPES.items() for kind in kinds]
    types, colours = rng.integers(0, len(kinds), 360), rng.integers(0, 3, 360)
    first = np.eye(len(kinds))[types] + rng.random((360, len(kinds))) / 3
    second = np.eye(3)[colours] + rng.random((360, 3)) / 3
    products = [
        Product(
            str(at),
            tmp_path_factory.getbasetemp() / "none.jpg",
            "none.jpg",
            {
                "gender": ("Men", "Women")[at % 2],
                "masterCategory": kinds[types[at]][0],
                "subCategory": kinds[types[at]][0],
                "articleType": kinds[types[at]][1],
                "baseColour": ("Red", "Green", "Blue")[colours[at]],
            },
            "styles.csv",
            at,
        )
        for at in range(360)
    ]
    embedded = Embedded(products, ["0" * 64] * 360, np.arange(360), [], 0)
    features = Rows(np.hstack([first, second]).astype(np.float32))
    # Blocks as the rich encoder's: three stages, of a second network one, colours; the benchmark grows them.
    return labels.Catalog(embedded, features, (10, 2, 2, len(kinds) - 14, 3))


@pytest.mark.slow
def test_every_case_is_measured_once_and_shown(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "PARAMS", {"n_components": 8, "members": 2, "hidden": 32})
    said = []
    rows = labels.measure(catalog, seeds=1, per_category=30, out=tmp_path, say=said.append)
    found = {row.case: row.precision for row in rows}
    assert found["+ second network"] > found["+ colour signature"] > found["last stage"]
    assert found["+ second network"] > found["raw features, cosine"]
    assert found["+ second network"] > found["60% of labels missing"] - 2
    assert found["+ second network"] > found["40% of labels wrong"]
    again = labels.measure(catalog, seeds=1, per_category=30, out=tmp_path, say=said.append)
    assert [row.precision for row in again] == [row.precision for row in rows]
    assert len(said) == len(rows), "what was measured is not measured again"
    assert json.loads((tmp_path / "labels.json").read_text()).keys() == found.keys()
    assert all(row.case in labels_report.markdown(rows) for row in rows)
    labels_report.plot(rows, tmp_path / "labels.png")
    assert (tmp_path / "labels.png").stat().st_size > 10_000
