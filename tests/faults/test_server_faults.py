"""Uploads and searches through a network that fails: nothing lost, nothing twice, bounded patience, a clear end."""

import time

import pytest

from likewise.ingest.errors import StoreError
from likewise.ingest.pipeline import Recipe, ingest
from likewise.ingest.stores import Condition
from likewise.ingest.stores.server import ServerOptions, ServerStore
from likewise.search import SearchClient

GONE = 25
"""Requests after which a server disappears: in the middle of an upload."""

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})


def connect(url, *, patient=False, **options):
    chosen = {"parallel": 3, "batch": 5, "timeout": 5, "patience": 30, "search_patience": 10, "lag": 0.1, **options}
    return ServerStore.connect(f"{url}/shop", ServerOptions(**chosen), patient=patient)


def run(catalog, url, encoder, cache, **options):
    store = connect(url, patient=True, **options)
    report = ingest(catalog, store, encoder, cache, recipe=RECIPE, prune_missing=True)
    store.close()
    return report


def content(url):
    with connect(url).open() as reader:
        records = list(reader.scroll(with_vector=True, batch=7))
        found = {record.id: (record.payload, record.vector.round(4).tolist()) for record in records}
        assert len(found) == len(records) == reader.count() == reader.manifest.products
        return found


def test_the_emulated_server_enforces_what_a_server_does(make_server, catalog, encoder, tmp_path):
    server = make_server(api_key="secret")
    run(catalog, server.url, encoder, tmp_path / "cache", api_key="secret")
    with pytest.raises(StoreError, match="LIKEWISE_API_KEY") as caught:
        connect(server.url, api_key="wrong-key").current()
    assert "wrong-key" not in str(caught.value)
    with connect(server.url, api_key="secret").open() as reader:
        assert reader.count([Condition("gender", ("Men",))]) == 24
        with pytest.raises(StoreError, match="Index required"):
            reader.count([Condition("productDisplayName", ("x",))])


def test_every_filter_that_a_client_can_send_passes_strict_mode(server, catalog, encoder, tmp_path):
    from likewise.search.filters import KEYS

    run(catalog, server.url, encoder, tmp_path / "cache")
    with SearchClient.open(connect(server.url)) as client:
        for key in KEYS:
            client.similar("100", where={key: ["x", "y"]}, probe="all")
            client.count({key: {"not": "x"}})


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_a_hundred_fault_schedules(server, fault_proxy, catalog, encoder, tmp_path, block):
    """Ten seeds a block: ingest, update and search through the faults end as without them."""
    run(catalog, server.url, encoder, tmp_path / "cache")
    expected = content(server.url)
    for seed in range(10 * block, 10 * block + 10):
        for found in connect(server.url)._connection.client.get_collections().collections:
            server.client.delete_collection(found.name)
        with fault_proxy(server.port, seed) as proxy:
            report = run(catalog, proxy.url, encoder, tmp_path / "cache")
            assert report.products == 48
            with SearchClient.open(connect(proxy.url)) as client:
                for product in ("100", "117", "147"):
                    assert client.similar(product, 1, probe="all", include_self=True)[0].id == product
            assert proxy.injected
            assert proxy.requests < 400
        assert content(server.url) == expected
        names = {found.name for found in server.client.get_collections().collections}
        assert names == {"shop.index", f"shop.{report.version}"}


@pytest.mark.slow
@pytest.mark.parametrize(("after", "seconds"), [(10, 5), (GONE, 20)])
def test_a_server_that_disappears_for_twenty_seconds(server, fault_proxy, catalog, encoder, tmp_path, after, seconds):
    """In the middle of an upload; and before it, where a job only reads: that waits longer than a shopper."""
    with fault_proxy(server.port, 0, rate=0, gone=(after, seconds)) as proxy:
        began = time.monotonic()
        assert run(catalog, proxy.url, encoder, tmp_path / "cache", search_patience=2).products == 48
        assert time.monotonic() - began > 0.75 * seconds
        assert proxy.injected.count("gone") < 400
    assert len(content(server.url)) == 48


def test_a_server_that_stays_away_is_an_error_in_bounded_time(server, fault_proxy, catalog, encoder, tmp_path):
    run(catalog, server.url, encoder, tmp_path / "cache")
    with fault_proxy(server.port, 0, rate=1, kinds=("reset",)) as proxy:
        client = None
        began = time.monotonic()
        with pytest.raises(StoreError, match="does not answer after"):
            client = SearchClient.open(connect(proxy.url, search_patience=1))
        assert client is None
        assert time.monotonic() - began < 5
    refused = "http://127.0.0.1:1"
    with pytest.raises(StoreError, match="does not answer"):
        connect(refused, search_patience=0.5).current()


def test_a_search_that_meets_an_overloaded_server_says_so(server, fault_proxy, catalog, encoder, tmp_path):
    run(catalog, server.url, encoder, tmp_path / "cache")
    for kind, text in (("429", "overloaded"), ("503", "503"), ("500", "500")):
        with fault_proxy(server.port, 0, rate=1, kinds=(kind,)) as proxy, pytest.raises(StoreError, match=text):
            connect(proxy.url, search_patience=0.5).current()


def test_an_upload_that_died_goes_on_where_it_was(server, fault_proxy, catalog, encoder, tmp_path):
    with fault_proxy(server.port, 0, rate=0, gone=(GONE, 60)) as proxy, pytest.raises(StoreError):
        run(catalog, proxy.url, encoder, tmp_path / "cache", patience=1, search_patience=1, lease=1, parallel=1)
    time.sleep(1.1)
    before = server.calls["upsert"]
    report = run(catalog, server.url, encoder, tmp_path / "cache")
    assert report.products == 48
    assert len(content(server.url)) == 48
    assert server.calls["upsert"] - before < 40
