"""The service over a shop, as uvicorn runs it, with all that a search by a picture needs."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import uvicorn
from page_shop import Shop

from likewise.search.service.app import create_app
from likewise.search.service.live_index import LiveIndex
from likewise.search.service.settings import Settings


@contextlib.contextmanager
def serving(shop: Shop, encoder: object, **settings: object) -> Iterator[str]:
    """The address of a service that answers pictures; it ends with the block."""
    live = LiveIndex(lambda: shop.store, lambda _: encoder)
    app = create_app(live, Settings(**{"refresh": 60.0, "direct": True, **settings}))
    server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="on", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}{settings.get('prefix', '')}"
        try:
            _until(lambda: server.started, "the service did not start")
            picture = shop.picture().read_bytes()
            httpx.post(f"{address}/v1/similar", content=picture, timeout=30, trust_env=False).raise_for_status()
            yield address
        finally:
            server.should_exit = True
            thread.join(30)
    assert not thread.is_alive()


def wait_for_version(address: str, version: str) -> None:
    """Until the service has opened a version."""

    def opened() -> bool:
        return httpx.get(f"{address}/readyz", trust_env=False).json().get("version") == version

    _until(opened, f"the service did not open {version}")


def _until(condition: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, complaint
        time.sleep(0.02)
