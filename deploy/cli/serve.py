"""`likewise serve`."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options
from likewise.ingest.errors import ParameterError, StoreError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from likewise.ingest.index import Store

GRACE = 20
"""Seconds that searches in flight may take after a signal; Kubernetes kills after 30."""


@click.command()
@options.store
# Not LIKEWISE_PORT: Kubernetes sets that to an URL in every pod beside a Service named likewise.
@options.option("--host", default="127.0.0.1", envvar="LIKEWISE_SERVE_HOST", help="Address to listen on.")
@options.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    envvar="LIKEWISE_SERVE_PORT",
    help="Port to listen on; 0 takes a free one.",
)
@options.option(
    "--refresh",
    type=click.FloatRange(0.1),
    default=10.0,
    help="Seconds between two looks for a newly published version.",
)
@options.option("--wait", is_flag=True, help="Start also when there is no index yet, unready until there is one.")
@options.weights
def serve(store: str, host: str, port: int, refresh: float, wait: bool, weights: Path | None) -> None:
    """Answer searches over HTTP.

    \b
    likewise serve --store index/ --port 8000
    curl 'http://127.0.0.1:8000/v1/similar/15970?k=6&where=gender=Men'
    curl 'http://127.0.0.1:8000/v1/similar?probe=all' --data-binary @photo.jpg
    """
    from likewise.search.service.app import create_app
    from likewise.search.service.encoders import SharedEncoder
    from likewise.search.service.live_index import LiveIndex

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("likewise").setLevel(logging.INFO)
    live = LiveIndex(_connector(store, wait), SharedEncoder(weights))
    if not wait:
        live.open()
    with contextlib.closing(live), _listen(host, port) as listening:
        _run(create_app(live, refresh=refresh), listening)


def _connector(store: str, wait: bool) -> Callable[[], Store]:
    """What gives the store; an address that can never work is refused now, a missing folder only without `wait`."""
    from likewise.ingest.index import open_store

    try:
        opened = open_store(store)
    except StoreError:
        if not wait:
            raise
        return lambda: open_store(store)
    return lambda: opened


def _run(app: Starlette, listening: socket.socket) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Says where it listens, once it does."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listening.getsockname()[:2]
            click.echo(f"Listening on http://{f'[{host}]' if ':' in host else host}:{port}")

    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config).run([listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ParameterError(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another --host or --port."
        ) from None
    # asyncio sets it only on sockets made by itself; without it every answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _stop(_number: int, _frame: object) -> None:
    """To be stopped is how a service ends: exit code 0.

    While requests are served uvicorn has handlers of its own in place; it ends in peace, then calls this one.
    """
    sys.exit(0)
