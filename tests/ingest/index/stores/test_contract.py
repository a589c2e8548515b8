"""What every store promises."""

import dataclasses
from collections import Counter

import numpy as np
import pytest

from likewise.ingest.errors import NotFoundError, ParameterError, StoreBusyError, StoreError
from likewise.ingest.index.filters import EVERYTHING, Any, Not, OneOf
from likewise.ingest.index.stores import Query


def test_nothing_is_visible_before_the_commit_and_current_only_after_the_publish(store, index):
    writer = store.begin(index.manifest, index.model)
    writer.upsert(index.points)
    assert store.versions() == []
    candidate = writer.commit(index.manifest)
    assert [found.name for found in store.versions()] == [candidate.version]
    assert candidate.manifest.version == candidate.version
    with candidate.open() as reader:
        assert reader.count() == len(index.points)
    assert store.current() is None
    with pytest.raises(NotFoundError, match="published"):
        store.open()
    candidate.publish()
    assert store.current() == candidate.version
    with store.open() as reader:
        assert reader.count() == len(index.points)
        assert reader.manifest == candidate.manifest


def test_a_candidate_that_is_not_published_stays_in_the_store(store, index, commit):
    published = commit(store)
    writer = store.begin(index.manifest, index.model)
    writer.upsert(index.points)
    candidate = writer.commit(index.manifest)
    assert store.current() == published
    assert [found.name for found in store.versions()] == [published, candidate.version]


def test_search_is_exact_cosine(store, index, commit):
    commit(store)
    with store.open() as reader:
        answers = reader.search([Query(vector, 5) for vector in index.vectors[:10]])
    scores = index.vectors[:10] @ index.vectors.T
    for row, hits in zip(scores, answers, strict=True):
        np.testing.assert_allclose([hit.score for hit in hits], np.sort(row)[::-1][:5], atol=1e-5)
        assert [hit.id for hit in hits] == [index.points[at].key for at in np.argsort(-row)[:5]]
        assert hits[0].payload == index.points[int(np.argmax(row))].payload


def test_exclusion_and_threshold(store, index, commit):
    commit(store)
    with store.open() as reader:
        query = Query(index.vectors[4], 100, exclude=(index.points[4].key, index.points[5].key), score_threshold=0.2)
        hits = reader.search([query])[0]
    scores = index.vectors @ index.vectors[4]
    expected = {point.key for at, point in enumerate(index.points) if at not in (4, 5) and scores[at] >= 0.2}
    assert {hit.id for hit in hits} == expected


def test_retrieve_keeps_the_order_and_marks_what_is_missing(store, index, commit):
    commit(store)
    wanted = [index.points[7].key, "nobody", "7", index.points[0].key]
    with store.open() as reader:
        found = reader.retrieve(wanted, with_vector=True)
    assert [record and record.id for record in found] == [wanted[0], None, None, wanted[3]]
    np.testing.assert_allclose(found[0].vector, index.vectors[7], atol=1e-6)
    assert found[0].payload == index.points[7].payload


def test_scroll_returns_everything_once_with_vectors(store, index, commit):
    commit(store)
    with store.open() as reader:
        records = list(reader.scroll(with_vector=True, batch=9))
    by_id = {record.id: record for record in records}
    assert len(records) == len(by_id) == len(index.points)
    for point in index.points:
        np.testing.assert_allclose(by_id[point.key].vector, point.vector, atol=1e-6)


def test_the_model_and_the_attachments_travel_with_the_version(store, index, commit):
    commit(store)
    with store.open() as reader:
        assert reader.model().hash == index.model.hash
        assert reader.attachment("rejects.csv") == b"id\n"
        assert reader.attachments() == ["rejects.csv"]
        with pytest.raises(NotFoundError, match=r"nope\.csv"):
            reader.attachment("nope.csv")


def test_the_clusterer_comes_without_the_rest_of_the_model(store, index, commit, monkeypatch):
    commit(store)
    monkeypatch.setattr("likewise.ingest.model.model.Model.load", None)
    with store.open() as reader:
        found = reader.clusterer().rank(index.vectors, 3)
    np.testing.assert_array_equal(found, index.model.clusterer.rank(index.vectors, 3))


@pytest.mark.parametrize("where", [EVERYTHING, OneOf("gender", ("Men",)), Not(OneOf("baseColour", ("Red",))), Any(())])
def test_a_facet_counts_what_the_filter_admits_by_value_also_after_an_update(store, index, commit, where):
    parent = commit(store)
    writer, manifest = few(store, index, parent)
    writer.commit(manifest).publish()
    with store.open() as reader:
        expected = Counter(record.payload["cluster"] for record in reader.scroll(where))
        assert reader.facet("cluster", where) == expected
        assert sum(reader.facet("gender").values()) == reader.count()


def test_a_copy_of_a_parent_takes_changes_and_leaves_the_parent_alone(store, index, commit):
    parent = commit(store)
    manifest = dataclasses.replace(index.manifest, products=len(index.points) - 1, parent=parent)
    writer = store.begin(manifest, index.model, parent=parent)
    changed = dataclasses.replace(index.points[1], payload={**index.points[1].payload, "gender": "Unisex"})
    writer.upsert([changed])
    writer.delete([index.points[2].key, "nobody"])
    child = writer.commit(manifest).version
    with store.open(parent) as old, store.open(child) as new:
        assert old.count() == len(index.points)
        assert new.count() == len(index.points) - 1
        assert old.retrieve([changed.key])[0].payload["gender"] == "Women"
        assert new.retrieve([changed.key])[0].payload["gender"] == "Unisex"
        assert new.retrieve([index.points[2].key]) == [None]


def test_a_payload_is_replaced_whole_and_its_vector_stays(store, index, commit):
    parent = commit(store)
    writer = store.begin(index.manifest, index.model, parent=parent)
    point = index.points[4]
    payload = {key: value for key, value in point.payload.items() if key != "baseColour"} | {"gender": "Boys"}
    writer.replace_payloads({point.key: payload})
    with writer.commit(index.manifest).open() as reader:
        record = reader.retrieve([point.key], with_vector=True)[0]
        assert record.payload == payload
        np.testing.assert_allclose(record.vector, point.vector, atol=1e-6)
        assert reader.count(OneOf("gender", ("Boys",))) == 1


def test_one_run_at_a_time_while_others_may_publish(store, commit):
    commit(store)
    with store.exclusive():
        with pytest.raises(StoreBusyError, match="writing"), store.exclusive():
            pass
        version = commit(store)
    with store.exclusive():
        assert store.current() == version


def few(store, index, parent):
    """A small update: of three products."""
    points = index.points
    manifest = dataclasses.replace(index.manifest, products=len(points), parent=parent)
    writer = store.begin(manifest, index.model, parent=parent, share=0.05)
    new = dataclasses.replace(points[1], key="new", product_id="new", payload={**points[1].payload, "id": "new"})
    writer.upsert([new])
    writer.delete([points[2].key])
    writer.replace_payloads({points[3].key: {**points[3].payload, "gender": "Boys"}})
    writer.attach("rejects.csv", b"id\n9\n")
    return writer, manifest


def test_a_small_update_is_read_by_searches_once_it_is_published(store, index, commit):
    parent = commit(store)
    writer, manifest = few(store, index, parent)
    candidate = writer.commit(manifest)
    with candidate.open() as reader:
        assert reader.count() == reader.manifest.products == len(index.points)
        assert reader.retrieve([index.points[2].key]) == [None]
    candidate.publish()
    with store.open() as reader:
        assert reader.version == candidate.version
        assert reader.manifest.parent in (None, parent)
        assert reader.manifest.parent != reader.version
        assert reader.retrieve([index.points[3].key])[0].payload["gender"] == "Boys"
        assert reader.model().hash == index.model.hash
        assert reader.attachment("rejects.csv") == b"id\n9\n"


@pytest.mark.parametrize("committed", [True, False])
def test_a_small_update_that_is_refused_leaves_searches_as_they_were(store, index, commit, committed):
    parent = commit(store)
    before = content(store)
    writer, manifest = few(store, index, parent)
    if committed:
        candidate = writer.commit(manifest)
        assert [found.name for found in store.versions()] == [parent, candidate.version]
    else:
        writer.abort()
    assert store.current() == parent
    assert content(store) == before


def test_a_small_update_of_a_version_that_is_not_there_is_refused(store, index, commit):
    commit(store)
    with pytest.raises(NotFoundError, match="v999999"):
        store.begin(index.manifest, index.model, parent="v999999", share=0.05)
    commit(store)


def content(store):
    with store.open() as reader:
        return {r.id: (r.payload, r.vector.round(5).tolist()) for r in reader.scroll(with_vector=True)}


def test_a_wrong_count_is_never_committed(store, index):
    writer = store.begin(index.manifest, index.model)
    writer.upsert(index.points[:-1])
    with pytest.raises(StoreError, match="holds 59 products, 60 were expected"):
        writer.commit(index.manifest)
    assert store.versions() == []


def test_an_aborted_version_leaves_nothing_and_the_next_one_goes_through(store, index, commit):
    writer = store.begin(index.manifest, index.model)
    writer.upsert(index.points[:10])
    writer.abort()
    assert store.versions() == []
    commit(store)
    with store.open() as reader:
        assert reader.count() == len(index.points)


def test_one_writer_at_a_time(store, index):
    writer = store.begin(index.manifest, index.model)
    with pytest.raises(StoreBusyError, match="writing"):
        store.begin(index.manifest, index.model)
    writer.abort()
    store.begin(index.manifest, index.model).abort()


def test_rollback_passes_over_versions_that_were_never_published(store, commit):
    first = commit(store)
    commit(store, publish=False)
    third = commit(store)
    assert store.current() == third
    assert store.rollback() == first
    assert store.current() == first
    with pytest.raises(NotFoundError, match="before"):
        store.rollback()


def test_delete_refuses_the_current_version(store, commit):
    first, second = commit(store), commit(store)
    with pytest.raises(ParameterError, match="current"):
        store.delete(second)
    store.delete(first)
    assert [found.name for found in store.versions()] == [second]
    with pytest.raises(NotFoundError, match=first):
        store.open(first)


def test_unknown_versions_are_named(store, commit):
    commit(store)
    for call in (store.open, store.publish, store.delete):
        with pytest.raises(NotFoundError, match="v999999"):
            call("v999999")
