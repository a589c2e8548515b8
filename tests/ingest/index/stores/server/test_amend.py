"""An update in place, and the way back from it: by whichever process comes next."""

import dataclasses

import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.index.prune import prune_versions


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
def amend(connect, index, version):
    """Change, relabel, remove and add one product, of which `touched` are announced."""
    add = dataclasses.replace(index.points[0], id="new", payload={**index.points[0].payload, "id": "new"})
    relabelled = {**index.points[2].payload, "gender": "Boys"}
    touched = ["new", index.points[1].id, index.points[2].id, index.points[3].id]

    def amend(touched=touched, store=None):
        writer = (store or connect()).amend(version, touched=touched)
        writer.upsert([add, dataclasses.replace(index.points[1], vector=index.vectors[9])])
        writer.replace_payloads({index.points[2].id: relabelled})
        writer.delete([index.points[3].id])
        writer.attach("rejects.csv", b"id\nbroken\n")
        return writer

    return amend


def unfinished(store):
    with store.open() as reader:
        return reader.unfinished


@pytest.mark.parametrize("committed", [True, False])
def test_a_provisional_amendment_is_taken_back_by_any_process(
    connect, index, version, amend, content, owners, committed
):
    before = content()
    writer = amend()
    writer.commit(index.manifest) if committed else writer.abort()
    assert content() != before
    assert unfinished(connect())
    assert connect().take_back(version)
    assert content() == before
    assert not unfinished(connect())
    assert not connect().take_back(version)
    assert owners() == {version}


def test_a_settled_amendment_stays_and_leaves_nothing_behind(connect, index, version, amend, content, owners, client):
    amend().commit(index.manifest)
    after = content()
    pieces = client.count("shop.index").count
    connect().settle(version)
    assert not connect().take_back(version)
    assert content() == after
    assert after[1]["rejects.csv"] == b"id\nbroken\n"
    assert not unfinished(connect())
    assert owners() == {version}
    assert client.count("shop.index").count < pieces


def test_an_amendment_without_a_way_back_is_unfinished_until_it_commits(connect, index, version, amend):
    amend(touched=None).abort()
    assert unfinished(connect())
    assert not connect().take_back(version)
    amend(touched=None).commit(index.manifest)
    assert not unfinished(connect())


def test_taking_back_can_be_interrupted_and_done_again(connect, index, version, amend, content, monkeypatch):
    before = content()
    amend().commit(index.manifest)

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("likewise.ingest.index.stores.server.writer.ServerWriter.restore", die)
        with pytest.raises(KeyboardInterrupt):
            connect().take_back(version)
    assert unfinished(connect())
    assert connect().take_back(version)
    assert content() == before


def test_what_was_unfinished_before_is_so_again(connect, index, version, amend, content):
    amend(touched=None).abort()
    before = content()
    writer = connect().amend(version, touched=["more"])
    writer.upsert([dataclasses.replace(index.points[0], id="more", payload={"id": "more"})])
    with pytest.raises(StoreError, match="61 products"):
        writer.commit(index.manifest)
    assert connect().take_back(version)
    assert content() == before
    assert unfinished(connect())


def test_an_update_without_a_verdict_is_not_amended_on_top(connect, index, amend):
    amend().commit(index.manifest)
    with pytest.raises(StoreError, match="take it back first"):
        amend()


def test_pruning_keeps_the_way_back(connect, index, version, amend, content):
    before = content()
    amend().commit(index.manifest)
    prune_versions(connect(), 3)
    assert connect().take_back(version)
    assert content() == before
