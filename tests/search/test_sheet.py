"""A contact sheet draws pictures of the catalog and no others."""

import dataclasses

import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import NotFoundError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.progress import Silent
from likewise.search import SearchClient
from likewise.search.showing.sheet import write_sheet


@pytest.fixture
def restored(tmp_path, catalog, encoder):
    """An index that came out of an export, which holds no path of the machine."""
    store, other = EmbeddedStore(tmp_path / "index", create=True), EmbeddedStore(tmp_path / "other", create=True)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
    ingest(catalog, store, recipe=recipe, encoder=encoder)
    with store.open() as reader:
        export_version(reader, tmp_path / "shop.likewise", Silent())
    other.publish(restore_version(other, tmp_path / "shop.likewise", Silent()))
    with SearchClient.open(other) as client:
        yield client


def test_a_restored_index_asks_for_the_catalog_and_never_reads_the_current_folder(
    restored, catalog, tmp_path, monkeypatch
):
    """The payloads say images/100.png, and so has the current folder: a stranger's archive could name any file."""
    monkeypatch.chdir(catalog)
    answers = [restored.similar("100")]
    with pytest.raises(NotFoundError, match="--catalog"):
        write_sheet(tmp_path / "hits.png", restored, ids=["100"], answers=answers)
    assert not (tmp_path / "hits.png").exists()
    write_sheet(tmp_path / "hits.png", restored, ids=["100"], answers=answers, catalog=catalog)
    assert (tmp_path / "hits.png").stat().st_size > 1000


def test_a_folder_that_is_gone_is_named(restored, tmp_path):
    restored._reader.manifest = dataclasses.replace(restored.manifest, catalog=str(tmp_path / "gone"))
    with pytest.raises(NotFoundError, match="gone; say where with --catalog"):
        write_sheet(tmp_path / "hits.png", restored, answers=[])


def test_a_picture_outside_of_the_catalog_is_not_drawn(restored, catalog, tmp_path):
    inside, outside = tmp_path / "inside.png", tmp_path / "outside.png"
    hit = restored.similar("100", 1)[0]
    write_sheet(inside, restored, ids=["100"], answers=[[hit]], catalog=catalog)
    secret = (tmp_path / "secret.png").write_bytes((catalog / hit.payload["image"]).read_bytes())
    assert secret
    astray = dataclasses.replace(hit, payload={**hit.payload, "image": "../secret.png"})
    write_sheet(outside, restored, ids=["100"], answers=[[astray]], catalog=catalog)
    assert inside.read_bytes() != outside.read_bytes()
