"""Heads without an end, and connections without a request, over a socket."""

import contextlib
import resource
import socket
import threading
import time

import httpx
import pytest
import uvicorn

from likewise.deploy import heads


async def application(scope, receive, send):
    """Says how long the body was."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(str(size)))]})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture(scope="module")
def address():
    config = uvicorn.Config(
        application, http=heads.BoundedHeads, ws="none", lifespan="off", log_config=None, timeout_keep_alive=20
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()
        server.should_exit = True
        thread.join(20)


def wire(address):
    return socket.create_connection(address, timeout=20)


ENDLESS = {
    "a path": (b"GET /", b"a" * 2**16),
    "a header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 2**16),
    "headers": (b"GET / HTTP/1.1\r\n", b"X: aaaaaaaaaaaaaaaaaaaa\r\n" * 2000),
    "extensions of a chunk": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 2**16),
    "a trailer": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ", b"a" * 2**16),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_cut_off_soon(address, name):
    begin, piece = ENDLESS[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = 0
    with wire(address) as sending, contextlib.suppress(OSError):
        sending.sendall(begin)
        for _ in range(2000):
            sending.sendall(piece)
            sent += len(piece)
    # What the kernel holds on its way is not read.
    assert sent < 32 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 2**10


def test_a_head_that_is_too_long_is_told_so(address):
    with wire(address) as sending:
        sending.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000)
        assert sending.recv(100).startswith(b"HTTP/1.1 431 ")


def test_requests_of_all_lengths_are_answered_one_after_the_other(address):
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", trust_env=False) as http:
        for size in (0, 1, 10_000, 3 * 2**20):
            assert http.post("/", content=bytes(size)).text == str(size)
            assert http.post("/", content=iter([b"a"] * min(size, 20_000))).text == str(min(size, 20_000))
            assert http.get("/", headers={"X": "a" * 50_000}).status_code == 200


def test_a_head_that_does_not_arrive_and_a_silent_connection_end(address, monkeypatch):
    monkeypatch.setattr(heads, "SECONDS", 0.3)
    with wire(address) as silent, wire(address) as slow, wire(address) as later:
        later.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert later.recv(1000).endswith(b"0")
        begin = time.monotonic()
        slow.sendall(b"GET / HTTP/1.1\r\nHost: ")
        later.sendall(b"GET / HTTP/1.1\r\n")
        assert silent.recv(10) == slow.recv(10) == later.recv(10) == b""
        assert time.monotonic() - begin < 5
        assert time.monotonic() - begin > 0.2
