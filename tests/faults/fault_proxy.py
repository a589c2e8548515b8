"""A proxy that harms what goes through it, by a seeded schedule."""

import http.client
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KINDS = ("delay", "reset", "lost", "500", "503", "429", "half")
"""Slow; closed before the server saw the request; closed after it answered; three statuses; an answer cut in half."""


class FaultProxy:
    """Forwards to `port`; each request is harmed with probability `rate`, as `seed` says.

    `gone` is a number of requests and a time in seconds: after so many, every connection is refused for so long.
    """

    def __init__(self, port, seed, *, rate=0.15, kinds=KINDS, gone=None):
        self.injected = []
        self.requests = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._rate, self._kinds, self._gone, self._left = rate, kinds, gone, None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def harm(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = owner.draw()
                if kind in ("gone", "reset"):
                    return self.cut()
                if kind in ("500", "503", "429"):
                    return self.reply(int(kind), b'{"status":{"error":"injected"},"time":0}')
                if kind == "delay":
                    time.sleep(0.05)
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                upstream.request(self.command, self.path, body, dict(self.headers.items()))
                answer = upstream.getresponse()
                status, content = answer.status, answer.read()
                upstream.close()
                if kind == "lost":
                    return self.cut()
                if kind == "half":
                    self.start(status, content)
                    self.wfile.write(content[: len(content) // 2])
                    self.wfile.flush()
                    return self.cut()
                return self.reply(status, content)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = harm

            def start(self, status, content):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()

            def reply(self, status, content):
                self.start(status, content)
                self.wfile.write(content)

            def cut(self):
                # Linger 0 makes the kernel send a reset instead of a polite end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def draw(self):
        with self._lock:
            self.requests += 1
            kind = None
            if self._gone and self.requests > self._gone[0]:
                self._left = self._left or time.monotonic()
            if self._left and time.monotonic() - self._left < self._gone[1]:
                kind = "gone"
            elif self._random.random() < self._rate:
                kind = self._random.choice(self._kinds)
            if kind:
                self.injected.append(kind)
            return kind

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
