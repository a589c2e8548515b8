"""Versions that share a model share a collection: none is seen before it is published, and none changes afterwards."""

import dataclasses

import numpy as np
import pytest
from qdrant_client import models

from likewise.ingest.errors import NotFoundError
from likewise.ingest.index.filters import OneOf
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.stores import Query


@pytest.fixture
def version(connect, commit):
    return commit(connect())


@pytest.fixture
def begin(connect, index, version):
    """A small update that changes one product, relabels one, removes one and adds one, not yet committed."""
    points = index.points
    new = dataclasses.replace(points[0], key="new", product_id="new", payload={**points[0].payload, "id": "new"})

    moved = index.vectors[9] + index.vectors[10]
    moved /= np.linalg.norm(moved)

    def begin(parent=version, share=0.05, gender="Boys"):
        writer = connect().begin(index.manifest, index.model, parent=parent, share=share)
        writer.upsert([new, dataclasses.replace(points[1], vector=moved)])
        writer.replace_payloads({points[2].key: {**points[2].payload, "gender": gender}})
        writer.delete([points[3].key, "never there"])
        writer.attach("rejects.csv", f"id\n{gender}\n".encode())
        writer.flush()
        return writer

    return begin


@pytest.fixture
def seen(index):
    """All that a reader can be asked."""

    def seen(reader):
        vectors = {each.id: each.vector.round(5).tolist() for each in reader.scroll(with_vector=True, batch=7)}
        return {
            "scroll": {each.id: each.payload for each in reader.scroll()},
            "vectors": vectors,
            "count": [reader.count(), reader.count(OneOf("gender", ("Boys",)))],
            "facet": reader.facet("gender"),
            "retrieve": reader.retrieve([*(point.key for point in index.points[:5]), "new", "never there"]),
            "search": [
                [(hit.id, round(hit.score, 5), hit.payload) for hit in hits]
                for hits in reader.search([Query(vector, 70, exclude=("0", "new")) for vector in index.vectors[:5]])
            ],
            "files": {name: reader.attachment(name) for name in reader.attachments()},
            "model": reader.model().hash,
        }

    return seen


def collections(client):
    return sorted(found.name for found in client.get_collections().collections)


def held(client, version):
    return client.count(f"shop.{version}").count


def test_what_is_written_is_seen_by_nobody_until_it_is_published(connect, index, version, begin, seen, client):
    with connect().open() as old:
        before = seen(old)
        writer = begin()
        assert seen(old) == before
        candidate = writer.commit(index.manifest)
        with connect().open() as current, candidate.open() as judged:
            assert current.version == version
            assert seen(old) == seen(current) == before
            after = seen(judged)
        assert after["count"] == [60, 1]
        assert after["files"] == {"rejects.csv": b"id\nBoys\n"}
        assert set(after["scroll"]) - set(before["scroll"]) == {"new"}
        candidate.publish()
        with connect().open() as current:
            assert current.version == candidate.version != version
            assert seen(current) == after
        # Whoever has the old version open goes on reading it.
        assert seen(old) == before
    assert collections(client) == ["shop.index", f"shop.{version}"]


def test_rollback_goes_back_to_yesterday(connect, index, version, begin, seen):
    with connect().open() as old:
        before = seen(old)
    begin().commit(index.manifest).publish()
    assert connect().rollback() == version
    with connect().open() as old:
        assert seen(old) == before


def test_the_model_is_not_uploaded_again(connect, index, begin, client):
    pieces = client.count("shop.index").count
    begin().commit(index.manifest).publish()
    # The rejects and the counter of versions.
    assert client.count("shop.index").count == pieces + 1


@pytest.mark.parametrize("end", ["killed", "aborted", "refused"])
def test_the_next_update_removes_what_was_not_published(connect, index, version, begin, seen, client, end):
    with connect().open() as old:
        before = seen(old)
        writer = begin(gender="Girls")
        if end == "refused":
            writer.commit(index.manifest)
        elif end == "aborted":
            writer.abort()
        else:
            writer._close()
        again = begin(gender="Boys")
        assert again.version > writer.version
        # 60 and the three new ones: nothing of the first attempt is left.
        assert held(client, version) == 63
        candidate = again.commit(index.manifest)
        assert [found.name for found in connect().versions()] == [version, candidate.version]
        with candidate.open() as judged:
            assert seen(judged)["facet"] == {"Men": 30, "Women": 29, "Boys": 1}
        assert seen(old) == before


def test_who_reads_a_version_that_was_rolled_back_reads_its_parent_in_the_end(connect, index, version, begin, seen):
    with connect().open() as old:
        before = seen(old)
    first = begin(gender="Girls").commit(index.manifest)
    first.publish()
    with connect().open() as reader:
        connect().rollback()
        second = begin(gender="Boys").commit(index.manifest)
        second.publish()
        assert {**seen(reader), "files": 0} == {**before, "files": 0}
    assert connect().history() == [second.version, version]
    with pytest.raises(NotFoundError, match=first.version):
        connect().open(first.version)


def test_a_product_may_change_every_night_and_pruning_leaves_what_is_seen(connect, index, version, begin, seen, client):
    contents = {}
    for night in range(6):
        candidate = begin(connect().current(), gender=("Boys", "Girls")[night % 2]).commit(index.manifest)
        candidate.publish()
        with candidate.open() as reader:
            contents[candidate.version] = seen(reader)
    prune_versions(connect(), 2)
    *_, yesterday, today = contents
    assert [found.name for found in connect().versions()] == [yesterday, today]
    for name in (yesterday, today):
        with connect().open(name) as reader:
            assert seen(reader) == contents[name]
    # Yesterday's three, and today's three beside them.
    assert held(client, version) == 63
    prune_versions(connect(), 1)
    assert held(client, version) == 60
    with connect().open() as reader:
        assert seen(reader) == contents[today]


@pytest.mark.parametrize("reason", ["share", "layout", "model", "columns", "unseen points", "read by others"])
def test_what_does_not_fit_gets_a_collection_of_its_own(
    connect, index, version, begin, client, monkeypatch, make_index, reason
):
    manifest, share, parent = index.manifest, 0.05, version
    if reason == "share":
        share = 0.5
    elif reason == "layout":
        manifest = dataclasses.replace(manifest, layout=Layout(on_disk=True))
    elif reason == "model":
        manifest = dataclasses.replace(manifest, model_hash=make_index(1).model.hash)
    elif reason == "columns":
        fewer = dataclasses.replace(manifest.schema, columns=manifest.schema.columns[:-1])
        monkeypatch.setattr(type(fewer), "filterable", property(lambda schema: [each.name for each in schema.columns]))
        manifest = dataclasses.replace(manifest, schema=fewer)
    elif reason == "unseen points":
        monkeypatch.setattr("likewise.ingest.index.stores.server.drafts.MAX_UNSEEN", 0.04)
        candidate = begin().commit(index.manifest)
        candidate.publish()
        parent = candidate.version
    else:
        # Going on from an older version, while the one after it is being read.
        begin().commit(index.manifest).publish()
    writer = connect().begin(manifest, index.model, parent=parent, share=share)
    assert f"shop.{writer.version}" in collections(client)
    assert held(client, writer.version) == 60
    writer.abort()


def test_an_outside_tool_reads_what_searches_read(connect, index, version, begin, client):
    """What the server guide promises whoever reads the alias."""
    begin().commit(index.manifest).publish()
    begin().commit(index.manifest)
    published = client.get_collection("shop").config.metadata["published"]
    number = int(published.removeprefix("v"))
    hidden = [
        models.FieldCondition(key="_since", range=models.Range(gt=number)),
        models.FieldCondition(key="_until", range=models.Range(lte=number)),
    ]
    found, _ = client.scroll("shop", scroll_filter=models.Filter(must_not=hidden), limit=100)
    with connect().open() as reader:
        assert sorted(each.payload["id"] for each in found) == sorted(each.id for each in reader.scroll())
