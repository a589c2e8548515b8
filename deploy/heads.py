"""Heads of requests within bounds: uvicorn reads them whole, however long they are and however long they take."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 64 * 2**10
"""Bytes of a request that are not of its body: its line, its headers, what frames chunks, its trailers."""

FRAMING = 8
"""Bytes around each byte of a body that a client may need which sends it in the smallest chunks."""

SECONDS = 30.0
"""That the head of a request may take to arrive, and a new connection without any."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Closes connections whose requests have endless heads."""

    _received = 0
    _body = 0
    _arriving = False
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there; it has so long to ask for something."""
        super().connection_made(transport)
        self._wind()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of it has arrived."""
        self._received += len(data)
        super().data_received(data)
        if self._received - FRAMING * self._body > MOST:
            # Behind a body, an answer may be on its way.
            if self._arriving:
                self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._arriving and self._clock is None:
            self._wind()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._arriving = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._arriving = False
        self._stop()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body is there."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        self._received = self._body = 0
        super().on_message_complete()

    def _wind(self) -> None:
        self._clock = self.loop.call_later(SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
