"""Connections that go to the very address that was checked, and end in time.

A name is looked up once, all that it stands for is checked, and the connection is made to one of these numbers: a
second look-up, which could answer otherwise, never happens. TLS and `Host` still carry the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from ...errors import ImageError
from .addresses import Ip, forbidden

Resolve = Callable[[str, int], Sequence[Ip]]

_MOST_TRIED = 4


def look_up(host: str, port: int) -> list[Ip]:
    """All addresses that a name stands for, in the order of the system.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found))


class Deadline(threading.local):
    """The moment at which what this thread fetches has to be done."""

    at = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """A block that has this much time."""
        before, self.at = self.at, time.monotonic() + seconds
        try:
            yield
        finally:
            self.at = before

    def left(self, timeout: float | None, error: type[Exception]) -> float:
        """Seconds that a step may take."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise error("the time is up")
        return left if timeout is None else min(left, timeout)


class PinnedTransport(httpx.BaseTransport):
    """httpx over connections that are pinned.

    Args:
        allow_private: addresses of private networks are fetched too.
        parallel: most connections at once.
        deadline: of the thread that sends a request.
        resolve: looks names up.
        tls: what verifies servers; by default as httpx does.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        parallel: int,
        deadline: Deadline,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=parallel,
            keepalive_expiry=30.0,
            network_backend=_Backend(deadline, resolve, allow_private=allow_private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; redirects are the caller's."""
        to = request.url
        url = httpcore.URL(scheme=to.raw_scheme, host=to.raw_host, port=to.port, target=to.raw_path)
        content = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=b"", extensions=request.extensions
        )
        with _translated():
            answer = self._pool.handle_request(content)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        # httpx has its own class of the same name for each of them.
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline, resolve: Resolve, *, allow_private: bool) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers, if none of them is forbidden."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for ip in self._checked(host, port)[:_MOST_TRIED]:
            left = self._deadline.left(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(str(ip), port, left, local_address, socket_options)
                return _InTime(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _checked(self, host: str, port: int) -> Sequence[Ip]:
        try:
            found = self._resolve(host, port)
        except (OSError, ValueError) as error:
            raise httpcore.ConnectError(f"the name {host} cannot be looked up ({error})") from error
        for ip in found:
            # One that is forbidden condemns all: a public name has no business with a private address.
            problem = forbidden(ip, allow_private=self._allow_private)
            if problem:
                raise ImageError("refused-address", f"{host} leads to {ip}, {problem}")
        return found


class _InTime(httpcore.NetworkStream):
    """A connection each of whose steps ends before the thread's deadline, also where single bytes trickle in."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _InTime(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore declares it
        return self._inner.get_extra_info(info)
