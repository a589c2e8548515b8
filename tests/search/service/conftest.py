import contextlib
import socket
import threading
import time

import httpx
import pytest
import uvicorn

from likewise.ingest import Recipe, ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search.service.app import create_app
from likewise.search.service.live_index import LiveIndex
from likewise.search.service.settings import Settings

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})


@pytest.fixture(scope="session")
def make_index(make_catalog, make_encoder):
    """An index of 48 products in `folder`, which also gets the catalog."""

    def make(folder, recipe=RECIPE):
        store = EmbeddedStore(folder / "index", create=True)
        ingest(make_catalog(folder / "catalog"), store, recipe=recipe, encoder=make_encoder())
        return store

    return make


@pytest.fixture(scope="session")
def serving():
    """Run the service as uvicorn does and talk to it over a socket."""

    @contextlib.contextmanager
    def serving(connect, encoder, *, client=None, choose=False, **settings):
        live = LiveIndex(connect, encoder if choose else lambda _: encoder, *([client] if client else []))
        app = create_app(live, Settings(**{"refresh": 60.0, "direct": True, **settings}))
        config = uvicorn.Config(app, ws="none", lifespan="on", log_config=None)
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=server.run, args=([listening],))
            thread.start()
            port = listening.getsockname()[1]
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
                    until(lambda: server.started)
                    yield client
            finally:
                server.should_exit = True
                thread.join(30)
        assert not thread.is_alive()

    return serving


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(name="until", scope="session")
def until_fixture():
    return until
