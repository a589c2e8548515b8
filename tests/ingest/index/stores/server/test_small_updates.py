"""A small update in place, and the way back from it: by whichever process comes next."""

import dataclasses

import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.index.prune import prune_versions
from likewise.ingest.index.stores.server.metadata import UNFINISHED, is_provisional


@pytest.fixture
def version(connect, commit):
    return commit(connect())


@pytest.fixture
def content(connect):
    """Products, files and manifest, as a fresh client sees them."""

    def content():
        with connect().open() as reader:
            records = {r.id: (r.payload, r.vector.round(5).tolist()) for r in reader.scroll(with_vector=True)}
            return records, {name: reader.attachment(name) for name in reader.attachments()}, reader.manifest

    return content


@pytest.fixture
def update(connect, index, version):
    """Change, relabel, remove and add one product."""
    new = dataclasses.replace(
        index.points[0], key="new", product_id="new", payload={**index.points[0].payload, "id": "new"}
    )
    relabelled = {**index.points[2].payload, "gender": "Boys"}
    touched = ["new", *(point.key for point in index.points[1:4])]

    def update(store=None):
        writer = (store or connect()).begin(index.manifest, index.model, parent=version, touched=touched)
        writer.upsert([new, dataclasses.replace(index.points[1], vector=index.vectors[9])])
        writer.replace_payloads({index.points[2].key: relabelled})
        writer.delete([index.points[3].key])
        writer.attach("rejects.csv", b"id\nbroken\n")
        return writer

    return update


@pytest.fixture
def killed(monkeypatch):
    """Makes a writer die where a process that is killed would: nothing is taken back by itself."""

    def die(*_, **__):
        raise KeyboardInterrupt

    def killed(call):
        with monkeypatch.context() as patch:
            patch.setattr("likewise.ingest.index.stores.server.writer.ServerWriter._write_metadata", die)
            with pytest.raises(KeyboardInterrupt):
                call()

    return killed


def provisional(store, version):
    return is_provisional(store._collections.metadata(version))


@pytest.mark.parametrize("moment", ["while it is written", "at its commit", "before the verdict"])
def test_an_update_without_a_verdict_is_taken_back_by_the_next_run(
    connect, index, version, update, content, owners, killed, moment
):
    before = content()
    writer = update()
    if moment == "while it is written":
        killed(writer.abort)
    elif moment == "at its commit":
        killed(lambda: writer.commit(index.manifest))
    else:
        writer.commit(index.manifest)
        assert content() != before
    assert provisional(connect(), version)
    with connect().exclusive():
        assert content() == before
    assert not provisional(connect(), version)
    assert owners() == {version}


def test_an_update_that_is_given_up_is_taken_back_at_once(connect, version, update, content, owners):
    before = content()
    update().abort()
    assert content() == before
    assert not provisional(connect(), version)
    assert owners() == {version}


def test_an_update_that_does_not_add_up_is_taken_back_at_once(connect, index, version, update, content):
    before = content()
    with pytest.raises(StoreError, match="60 products, 61"):
        update().commit(dataclasses.replace(index.manifest, products=61))
    assert content() == before


def test_a_published_update_stays_and_leaves_nothing_behind(connect, index, version, update, content, owners, client):
    candidate = update().commit(index.manifest)
    after = content()
    pieces = client.count("shop.index").count
    candidate.publish()
    with connect().exclusive():
        assert content() == after
    assert after[1]["rejects.csv"] == b"id\nbroken\n"
    assert (after[2].version, after[2].parent) == (version, None)
    assert owners() == {version}
    assert client.count("shop.index").count < pieces


def test_taking_back_can_be_interrupted_and_done_again(connect, index, version, update, content, killed):
    before = content()
    candidate = update().commit(index.manifest)
    killed(candidate.discard)
    assert provisional(connect(), version)
    assert not candidate.discard()
    assert content() == before
    assert not candidate.discard()


def test_nothing_is_updated_on_top_of_an_update_without_a_verdict(connect, index, update):
    update().commit(index.manifest)
    with pytest.raises(StoreError, match="neither published nor undone"):
        update()


def test_pruning_keeps_the_way_back(connect, index, update, content):
    before = content()
    candidate = update().commit(index.manifest)
    prune_versions(connect(), 3)
    candidate.discard()
    assert content() == before


def test_a_version_that_an_earlier_release_left_half_updated_opens_and_takes_updates(
    client, index, version, update, content
):
    client.delete(f"shop.{version}", [0])
    client.update_collection(f"shop.{version}", metadata={UNFINISHED: {"provisional": False}})
    before = content()
    assert len(before[0]) == before[2].products - 1
    smaller = dataclasses.replace(index.manifest, products=59)
    update().commit(smaller).discard()
    assert content() == before
    update().commit(smaller).publish()
    assert len(content()[0]) == content()[2].products == 59
