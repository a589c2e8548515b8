"""One process that answers over HTTP."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.ingest.errors import ParameterError, StoreError

if TYPE_CHECKING:
    from likewise.ingest.encoders import Encoder
    from likewise.ingest.index import Reader, Store
    from likewise.search.service.client import ServedClient
    from likewise.search.service.live_index import LiveIndex
    from likewise.search.service.pictures.remembered import Memory
    from likewise.search.service.settings import Settings

GRACE = 20
"""Seconds that requests in flight may take after a signal; Kubernetes kills after 30."""

IDLE = 75
"""Seconds that an idle connection is kept: longer than proxies keep theirs, which else meet a closed one."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and how; the same for every worker.

    Attributes:
        store: address of the index.
        settings: of the service.
        wait: start also when there is no index yet.
        weights: your own checkpoint, for an index that was built with it.
        rules: a merchandiser's file, read again when it has changed.
        stand_in: of an index in int8, encode pictures in fp32 where OpenVINO is not installed, if the two agree.
    """

    store: str
    settings: Settings
    wait: bool = False
    weights: Path | None = None
    rules: Path | None = None
    stand_in: bool = False

    def live(self) -> LiveIndex:
        """The index; it is open, unless it is waited for.

        Raises:
            LikewiseError: it cannot be opened.
        """
        from likewise.search.service.encoders import SharedEncoder
        from likewise.search.service.live_index import LiveIndex

        live = LiveIndex(
            self._connector(), SharedEncoder(self.weights, stand_in=self.stand_in), self._client, self._state_of_rules
        )
        if not self.wait:
            live.open()
        return live

    def run(self, listening: socket.socket, started: Callable[[], object], memory: Memory | None = None) -> None:
        """Answer on a socket until a signal ends it.

        Args:
            listening: the socket.
            started: called once it answers.
            memory: where features of recent pictures are remembered, if other processes share it.
        """
        import uvicorn

        from likewise.deploy.heads import BoundedHeads
        from likewise.search.service.app import create_app

        class Server(uvicorn.Server):
            """Says once that it answers."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started()

        live = self.live()
        try:
            config = uvicorn.Config(
                create_app(live, self.settings, memory),
                http=BoundedHeads,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=GRACE,
            )
            Server(config).run([listening])
        finally:
            live.close()

    def _state_of_rules(self) -> object:
        """Another one when the file has been written again."""
        try:
            found = self.rules.stat() if self.rules else None
        except OSError:
            return "gone"
        return found and (found.st_ino, found.st_mtime_ns, found.st_size)

    def _connector(self) -> Callable[[], Store]:
        """What gives the store; an address that can never work is refused now, a missing folder only without `wait`."""
        from likewise.ingest.index import open_store

        try:
            opened = open_store(self.store)
        except StoreError:
            if not self.wait:
                raise
            return lambda: open_store(self.store)
        return lambda: opened

    def _client(self, reader: Reader, encoder: Encoder | None) -> ServedClient:
        from likewise.search.filtering.text_filters import parse_where_options
        from likewise.search.service.client import ServedClient

        # Each version anew: a column under another name would be seen.
        self.settings.check(reader.manifest.schema)
        where = self.settings.where
        always = parse_where_options(where) if where else None
        return ServedClient(reader, encoder=encoder, always=always, rules=self.rules)


def end_in_peace() -> None:
    """Make signals that end a service its usual end, with exit code 0.

    While requests are served uvicorn has handlers of its own in place; it ends in peace, then calls these.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def listen(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Sockets that listen on one address, among which the system shares out connections.

    Raises:
        ParameterError: the address is taken, or none.
    """
    try:
        first = _listening(host, port)
        if count == 1 or not sys.platform.startswith("linux"):
            # Other systems do not share out: there, processes take from the same socket.
            return [first] * count
        # Sockets that share an address would share it with any other service of this user, too.
        port = first.getsockname()[1]
        first.close()
        return [_listening(host, port, reuse_port=True) for _ in range(count)]
    except OSError as error:
        raise ParameterError(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another --host or --port."
        ) from None


def _listening(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512, reuse_port=reuse_port)
    # asyncio sets it only on sockets made by itself; without it every answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
