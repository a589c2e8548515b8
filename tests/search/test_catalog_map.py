"""The map of an index that an earlier release made, or that somebody altered."""

import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import StoreError
from likewise.ingest.index import open_store
from likewise.ingest.index.filters import EVERYTHING
from likewise.ingest.model import MAP_FILE, ProductMap
from likewise.search.catalog_map import draw


class Files:
    """A reader with other files beside its version."""

    def __init__(self, reader, files):
        self._reader = reader
        self._files = files

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def attachments(self):
        return sorted(self._files)

    def attachment(self, name):
        return self._files[name]


@pytest.fixture(scope="module")
def reader(make_catalog, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(make_catalog(folder / "catalog"), folder / "index", recipe=recipe, encoder=make_encoder())
    with open_store(folder / "index").open() as opened:
        yield opened


def test_an_index_without_a_map_is_projected(reader):
    drawn = draw(Files(reader, {}), EVERYTHING, 8)
    assert (len(drawn.ids), drawn.places.shape, drawn.method) == (48, (48, 2), "pca")
    assert drawn.places.std(axis=0).min() > 0.01


def test_the_map_of_another_index_is_refused(reader):
    other = ProductMap.fit(reader.retrieve(["100"], with_vector=True)[0].vector[None, :5], untangle=False)
    with pytest.raises(StoreError, match="another index"):
        draw(Files(reader, {MAP_FILE: other.to_bytes()}), EVERYTHING, 8)
    with pytest.raises(StoreError, match="cannot be read"):
        draw(Files(reader, {MAP_FILE: b"no map"}), EVERYTHING, 8)
