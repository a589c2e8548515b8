"""The drawn catalogs of other shapes than the public one are read as what they are."""

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.catalog import ReadingOptions, read_catalog
from likewise.ingest.demo import CATALOGS

COUNT = 30
SCHEMAS = {
    "furniture": {
        "brand": "text",
        "price": "float",
        "in_stock": "bool",
        "colour": "text",
        "category": "text",
        "title": "text",
        "width_cm": "float",
        "added": "datetime",
        "price_currency": "text",
    },
    "groceries": {
        "name": "text",
        "maker": "text",
        "goods": "text",
        "department": "text",
        "labels": "list",
        "weight_g": "integer",
        "price": "float",
        "chilled": "bool",
        "best_before": "datetime",
        "aisle": "text",
    },
    "folder": {"category": "text"},
}


@pytest.fixture(scope="module", params=SCHEMAS)
def drawn(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, CATALOGS[request.param].draw(folder, COUNT)


def pictures(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))


def test_all_is_recognised_without_a_reject(drawn):
    name, folder = drawn
    catalog = read_catalog(folder, ReadingOptions(**CATALOGS[name].reading))
    assert (len(catalog.products), catalog.rejects, catalog.warnings) == (COUNT, [], [])
    assert {column.name: column.type for column in catalog.schema.columns} == SCHEMAS[name]
    wanted = {"furniture": "category", "groceries": "department", "folder": "category"}
    assert catalog.schema.role("category") == (wanted[name],)
    first = catalog.products[0]
    assert len(first.pictures) == (2 if name == "furniture" else 1)
    if name == "groceries":
        assert first.id == "00004000"


def test_pictures_lie_on_white_and_are_unlike(drawn):
    _, folder = drawn
    seen = set()
    for path in pictures(folder):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        seen.add(pixels.tobytes())
        assert pixels.shape == (256, 256, 3)
        assert pixels[:4, :4].min() > 245
        assert 0.02 < (pixels.min(axis=2) < 235).mean() < 0.75, path
    # A table on one foot looks the same from all sides.
    assert len(seen) >= COUNT


def test_the_same_seed_draws_the_same(drawn, tmp_path):
    name, folder = drawn
    CATALOGS[name].draw(tmp_path / "again", 2)
    CATALOGS[name].draw(tmp_path / "other", 2, seed=1)
    for again in pictures(tmp_path / "again"):
        assert again.read_bytes() == (folder / again.relative_to(tmp_path / "again")).read_bytes()
    others = {path.read_bytes() for path in pictures(tmp_path / "other")}
    assert not others & {path.read_bytes() for path in pictures(folder)}
