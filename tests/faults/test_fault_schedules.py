"""A hundred seeded schedules of faults, in every step of an index's life: it ends as it does without them."""

import pytest
from qdrant_client import QdrantClient

from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore
from likewise.search import SearchClient

STEPS = ("update", "restore", "accepted", "update", "restore", "update", "restore", "refused", "update", "restore")
"""By the seed's last digit; a run with the gate sends ten times the requests, and is tried less often."""

SEARCHED = ("100", "117", "147")


@pytest.fixture(scope="module")
def life(shop, make_catalog, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("life")
    catalog = make_catalog(folder / "today")
    return shop.Shop(catalog, shop.tomorrow(catalog, folder / "tomorrow"), make_encoder(), folder)


@pytest.fixture(scope="module")
def expected(life, shop):
    """What the index holds after each step, without faults."""
    found = {}
    for step in set(STEPS):
        client = QdrantClient(":memory:")
        store = ServerStore(Connection(client, "memory/shop", ServerOptions(parallel=1, lag=0.01)), "shop")
        life.ingest(store)
        getattr(life, step)(store)
        found[step] = shop.content(store)
        client.close()
    return found


def test_the_steps_are_what_they_are_called(expected):
    """Else the schedules would try less than they say."""
    assert expected["update"] == expected["accepted"] != expected["refused"] == expected["restore"]
    assert expected["update"].keys() - expected["refused"].keys() == {"900"}
    assert expected["refused"].keys() - expected["update"].keys() == {"120"}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_a_hundred_fault_schedules(server, fault_proxy, life, expected, shop, block):
    """Ten seeds a block. Each ingests, takes one more step of a life, and searches."""
    for seed in range(10 * block, 10 * block + 10):
        step = STEPS[seed % len(STEPS)]
        for found in server.client.get_collections().collections:
            server.client.delete_collection(found.name)
        with fault_proxy(server.port, seed) as proxy:
            store = shop.connect(proxy.url, patient=True)
            assert life.ingest(store).products == 48
            getattr(life, step)(store)
            with SearchClient.open(shop.connect(proxy.url)) as client:
                for product in SEARCHED:
                    assert client.similar(product, 1, probe="all", include_self=True)[0].id == product
            assert proxy.injected
            assert proxy.requests < 600
            store.close()
        found = shop.connect(server.url)
        assert shop.content(found) == expected[step]
        found.sweep()
        assert shop.strays(server.client) == shop.leftovers(server.client) == []
