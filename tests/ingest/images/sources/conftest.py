"""A web server of pictures on this machine, which fails as it is told."""

import gzip
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

JPEG = b"\xff\xd8 a picture " * 50


class Site:
    """What a server answers by path, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.pictures = {f"/{at}.jpg": JPEG + str(at).encode() for at in range(40)}
        self.failures: dict[str, list[int]] = {}
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.down = 0
        self.asked: Counter[str] = Counter()
        self.last: dict[str, dict[str, str]] = {}
        self.most_at_once = 0
        self.at_once = 0
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        site, path = self.site, self.path.partition("?")[0]
        with site.lock:
            site.asked[path] += 1
            site.last[path] = {key.lower(): value for key, value in self.headers.items()}
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            time.sleep(site.delay)
            self.answer_to(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with site.lock:
                site.at_once -= 1

    def answer_to(self, path: str) -> None:
        site = self.site
        kind, _, rest = path[1:].partition("/")
        if site.down:
            self.answer(site.down)
        elif site.failures.get(path):
            self.answer(site.failures[path].pop(0), b"no", **site.headers)
        elif kind == "status":
            self.answer(int(rest), b"no", **site.headers)
        elif kind == "redirect":
            left = int(rest)
            self.answer(302, Location=f"/redirect/{left - 1}" if left > 1 else "/1.jpg")
        elif kind == "to":
            self.answer(302, Location=site.headers["Location"])
        elif kind == "gzip":
            self.answer(200, gzip.compress(site.pictures["/1.jpg"]), **{"Content-Encoding": "gzip"})
        elif kind == "cut-gzip":
            self.answer(200, gzip.compress(site.pictures["/1.jpg"])[:-12], **{"Content-Encoding": "gzip"})
        elif kind == "bomb":
            self.answer(200, gzip.compress(bytes(200 * 2**20)), **{"Content-Encoding": "gzip"})
        elif kind == "brotli":
            self.answer(200, b"x", **{"Content-Encoding": "br"})
        elif kind == "endless":
            self.answer(200, None)
            for _ in range(10_000):
                self.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        elif kind == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(2**40))
            self.end_headers()
        elif kind == "trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for at in range(600):
                self.wfile.write(f"X-{at}: a header\r\n".encode())
                self.wfile.flush()
                time.sleep(0.05)
        elif kind == "short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            self.close_connection = True
        elif kind == "empty":
            self.answer(200, b"")
        elif path in site.pictures:
            self.picture(site.pictures[path])
        else:
            self.answer(404, b"not here")

    def picture(self, data: bytes) -> None:
        etag = f'"{hash(data)}"'
        if self.headers.get("If-None-Match") == etag:
            self.answer(304, b"", ETag=etag)
        else:
            self.answer(200, data, ETag=etag, **{"Content-Type": "text/html"})

    def answer(self, status: int, data: bytes | None = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if data is None:
            self.send_header("Transfer-Encoding", "chunked")
        elif status != 304:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if data:
            self.wfile.write(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are expected."""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    server = Server(("127.0.0.1", 0), type("OfSite", (Handler,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
