"""What every store promises."""

import dataclasses

import numpy as np
import pytest

from likewise.ingest.errors import NotFoundError, ParameterError, StoreBusyError, StoreError
from likewise.ingest.index.stores import Condition, Query


def test_nothing_is_visible_before_the_commit_and_current_only_after_the_publish(store, index):
    writer = store.create_version(index.manifest, index.model)
    writer.upsert(index.points)
    assert store.versions() == []
    version = writer.commit(index.manifest)
    assert [found.name for found in store.versions()] == [version]
    assert store.current() is None
    with pytest.raises(NotFoundError, match="published"):
        store.open()
    store.publish(version)
    assert store.current() == version
    with store.open() as reader:
        assert reader.count() == len(index.points)


def test_search_is_exact_cosine(store, index, commit):
    commit(store)
    with store.open() as reader:
        answers = reader.search([Query(vector, 5) for vector in index.vectors[:10]])
    scores = index.vectors[:10] @ index.vectors.T
    for row, hits in zip(scores, answers, strict=True):
        np.testing.assert_allclose([hit.score for hit in hits], np.sort(row)[::-1][:5], atol=1e-5)
        assert [hit.id for hit in hits] == [index.points[at].id for at in np.argsort(-row)[:5]]
        assert hits[0].payload == index.points[int(np.argmax(row))].payload


@pytest.mark.parametrize(
    "conditions",
    [
        [Condition("gender", ("Men",))],
        [Condition("gender", ("Men",)), Condition("baseColour", ("Red", "Blue"))],
        [Condition("baseColour", ("Navy Blue",), negated=True)],
        [Condition("cluster", ("1", "2"))],
        [Condition("gender", ("Nobody",))],
    ],
)
def test_conditions_choose_the_same_products_everywhere(store, index, commit, conditions):
    commit(store)

    def qualifies(payload):
        return all((payload[c.key] in c.values) != c.negated for c in conditions)

    expected = {point.id for point in index.points if qualifies(point.payload)}
    with store.open() as reader:
        assert reader.count(conditions) == len(expected)
        assert {record.id for record in reader.scroll(conditions, batch=7)} == expected
        hits = reader.search([Query(index.vectors[0], 100, tuple(conditions))])[0]
        assert {hit.id for hit in hits} == expected


def test_exclusion_and_threshold(store, index, commit):
    commit(store)
    with store.open() as reader:
        query = Query(index.vectors[4], 100, exclude=(index.points[4].id, index.points[5].id), score_threshold=0.2)
        hits = reader.search([query])[0]
    scores = index.vectors @ index.vectors[4]
    expected = {point.id for at, point in enumerate(index.points) if at not in (4, 5) and scores[at] >= 0.2}
    assert {hit.id for hit in hits} == expected


def test_retrieve_keeps_the_order_and_marks_what_is_missing(store, index, commit):
    commit(store)
    wanted = [index.points[7].id, "nobody", "7", index.points[0].id]
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
        np.testing.assert_allclose(by_id[point.id].vector, point.vector, atol=1e-6)


def test_the_model_and_the_attachments_travel_with_the_version(store, index, commit):
    commit(store)
    with store.open() as reader:
        assert reader.model().hash == index.model.hash
        assert reader.attachment("rejects.csv") == b"id\n"
        assert reader.attachments() == ["rejects.csv"]
        with pytest.raises(NotFoundError, match=r"nope\.csv"):
            reader.attachment("nope.csv")


def test_a_copy_of_a_parent_takes_changes_and_leaves_the_parent_alone(store, index, commit):
    parent = commit(store)
    manifest = dataclasses.replace(index.manifest, products=len(index.points) - 1, parent=parent)
    writer = store.create_version(manifest, index.model, parent=parent)
    changed = dataclasses.replace(index.points[1], payload={**index.points[1].payload, "gender": "Unisex"})
    writer.upsert([changed])
    writer.delete([index.points[2].id, "nobody"])
    child = writer.commit(manifest)
    with store.open(parent) as old, store.open(child) as new:
        assert old.count() == len(index.points)
        assert new.count() == len(index.points) - 1
        assert old.retrieve([changed.id])[0].payload["gender"] == "Women"
        assert new.retrieve([changed.id])[0].payload["gender"] == "Unisex"
        assert new.retrieve([index.points[2].id]) == [None]


def test_a_payload_is_replaced_whole_and_its_vector_stays(store, index, commit):
    parent = commit(store)
    writer = store.create_version(index.manifest, index.model, parent=parent)
    point = index.points[4]
    payload = {key: value for key, value in point.payload.items() if key != "baseColour"} | {"gender": "Boys"}
    writer.replace_payloads({point.id: payload})
    with store.open(writer.commit(index.manifest)) as reader:
        record = reader.retrieve([point.id], with_vector=True)[0]
        assert record.payload == payload
        np.testing.assert_allclose(record.vector, point.vector, atol=1e-6)
        assert reader.count([Condition("gender", ("Boys",))]) == 1


def test_one_run_at_a_time_while_others_may_publish(store, commit):
    commit(store)
    with store.exclusive():
        with pytest.raises(StoreBusyError, match="writing"), store.exclusive():
            pass
        version = commit(store)
    with store.exclusive():
        assert store.current() == version


def test_a_version_is_changed_in_place_where_the_store_can(store, index, commit):
    version = commit(store)
    if not store.in_place:
        with pytest.raises(ParameterError, match="cannot be changed"):
            store.amend(version)
        return
    writer = store.amend(version)
    writer.delete([index.points[2].id])
    writer.replace_payloads({index.points[3].id: {**index.points[3].payload, "gender": "Boys"}})
    writer.attach("rejects.csv", b"id\n9\n")
    smaller = dataclasses.replace(index.manifest, products=len(index.points) - 1)
    assert writer.commit(smaller) == version == store.current()
    with store.open() as reader:
        assert reader.count() == reader.manifest.products == len(index.points) - 1
        assert reader.model().hash == index.model.hash
        assert reader.attachment("rejects.csv") == b"id\n9\n"
    with pytest.raises(NotFoundError, match="v999999"):
        store.amend("v999999")


def test_a_wrong_count_is_never_committed(store, index):
    writer = store.create_version(index.manifest, index.model)
    writer.upsert(index.points[:-1])
    with pytest.raises(StoreError, match="holds 59 products, 60 were expected"):
        writer.commit(index.manifest)
    assert store.versions() == []


def test_an_aborted_version_leaves_nothing_and_the_next_one_goes_through(store, index, commit):
    writer = store.create_version(index.manifest, index.model)
    writer.upsert(index.points[:10])
    writer.abort()
    assert store.versions() == []
    commit(store)
    with store.open() as reader:
        assert reader.count() == len(index.points)


def test_one_writer_at_a_time(store, index):
    writer = store.create_version(index.manifest, index.model)
    with pytest.raises(StoreBusyError, match="writing"):
        store.create_version(index.manifest, index.model)
    writer.abort()
    store.create_version(index.manifest, index.model).abort()


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
