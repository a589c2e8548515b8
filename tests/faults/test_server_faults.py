"""Uploads and searches through a network that fails: nothing lost, nothing twice, bounded patience, a clear end."""

import time

import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.index.filters import OneOf
from likewise.ingest.index.stores.server.connection import ATTEMPTS
from likewise.search import SearchClient

GONE = 25
"""Requests after which a server disappears: in the middle of an upload."""


@pytest.fixture
def connect(shop):
    return shop.connect


@pytest.fixture
def run(shop, catalog, encoder, tmp_path):
    def run(url, **options):
        store = shop.connect(url, patient=True, **options)
        report = shop.Shop(catalog, None, encoder, tmp_path).ingest(store)
        store.close()
        return report

    return run


@pytest.fixture
def content(shop):
    return lambda url: shop.content(shop.connect(url))


def test_the_emulated_server_enforces_what_a_server_does(make_server, connect, run):
    server = make_server(api_key="secret")
    run(server.url, api_key="secret")
    with pytest.raises(StoreError, match="LIKEWISE_API_KEY") as caught:
        connect(server.url, api_key="wrong-key").current()
    assert "wrong-key" not in str(caught.value)
    with connect(server.url, api_key="secret").open() as reader:
        assert reader.count(OneOf("gender", ("Men",))) == 24
        with pytest.raises(StoreError, match="Index required"):
            reader.count(OneOf("productDisplayName", ("x",)))


def test_a_key_that_may_only_read_searches_and_is_told_which_right_it_lacks(make_server, connect, run):
    server = make_server(api_key="all", read_only_key="looks-only")
    run(server.url, api_key="all")
    store = connect(server.url, api_key="looks-only")
    with store.open() as reader:
        assert reader.count() == 48
        reader.model()
    attempts = {
        "manage shop.index": lambda: run(server.url, api_key="looks-only"),
        "write to shop.index": lambda: store._index_files.write_history(["v000001"]),
        "manage shop.v000001": lambda: store._collections.drop("v000001"),
    }
    for right, attempt in attempts.items():
        said = rf"/shop does not let this key {right} \(403: .*Global manage access is required.*`Rights`"
        with pytest.raises(StoreError, match=said) as caught:
            attempt()
        assert "Set LIKEWISE_API_KEY" not in str(caught.value)
        assert "looks-only" not in str(caught.value)


def test_every_filter_that_a_client_can_send_passes_strict_mode(server, connect, run):
    run(server.url)
    with SearchClient.open(connect(server.url)) as client:
        for key in client.manifest.schema.filterable:
            client.similar("100", where={key: ["x", "y"]}, probe="all")
            client.count({key: {"not": "x"}})


@pytest.mark.slow
@pytest.mark.parametrize(("after", "seconds"), [(10, 5), (GONE, 20)])
def test_a_server_that_disappears_for_twenty_seconds(server, fault_proxy, after, seconds, run, content):
    """In the middle of an upload; and before it, where a job only reads: that waits longer than a shopper."""
    with fault_proxy(server.port, 0, rate=0, gone=(after, seconds)) as proxy:
        assert run(proxy.url, search_patience=2).products == 48
        assert 0 < proxy.injected.count("gone") < 400
    assert len(content(server.url)) == 48


def test_a_server_that_stays_away_is_an_error_in_bounded_time(server, fault_proxy, connect, run):
    run(server.url)
    with fault_proxy(server.port, 0, rate=1, kinds=("reset",)) as proxy:
        client = None
        with pytest.raises(StoreError, match="does not answer after"):
            client = SearchClient.open(connect(proxy.url, search_patience=1))
        assert client is None
        assert 0 < proxy.injected.count("reset") <= ATTEMPTS
    refused = "http://127.0.0.1:1"
    with pytest.raises(StoreError, match="does not answer"):
        connect(refused, search_patience=0.5).current()


def test_a_search_that_meets_an_overloaded_server_says_so(server, fault_proxy, connect, run):
    run(server.url)
    for kind, text in (("429", "overloaded"), ("503", "503"), ("500", "500")):
        with fault_proxy(server.port, 0, rate=1, kinds=(kind,)) as proxy, pytest.raises(StoreError, match=text):
            connect(proxy.url, search_patience=0.5).current()


def test_an_upload_that_died_goes_on_where_it_was(server, fault_proxy, run, content):
    with fault_proxy(server.port, 0, rate=0, gone=(GONE, 60)) as proxy, pytest.raises(StoreError):
        run(proxy.url, patience=1, search_patience=1, lease=1, parallel=1)
    time.sleep(1.1)
    before = server.calls["upsert"]
    report = run(server.url)
    assert report.products == 48
    assert len(content(server.url)) == 48
    assert server.calls["upsert"] - before < 40
