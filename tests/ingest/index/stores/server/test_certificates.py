"""Servers whose certificate an authority of their own has signed, over both protocols."""

import json
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import pytest
from qdrant_client import grpc as messages

from likewise.ingest.errors import ParameterError, StoreError
from likewise.ingest.index.stores.server import Connection, ServerOptions
from likewise.ingest.index.stores.server.address import Address


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of the host `localhost`, signed by itself; it and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem"
    named = "-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(f"{command} {named}".split(), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def rest(certificate):
    """The port of a server that knows no collection, and the paths that it is asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = json.dumps({"result": {"collections": []}, "status": "ok", "time": 0}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass  # A client that does not trust us.

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def rpc(certificate):
    """The port of the same over gRPC."""
    method = grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: messages.ListCollectionsResponse(),
        request_deserializer=messages.ListCollectionsRequest.FromString,
        response_serializer=messages.ListCollectionsResponse.SerializeToString,
    )
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("qdrant.Collections", {"List": method}),))
        chain = [(certificate[1].read_bytes(), certificate[0].read_bytes())]
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials(chain))
        server.start()
        yield port
        server.stop(None).wait()


@pytest.fixture
def collections():
    """What a server lists, asked for with the patience of a nightly job."""

    def collections(address, **options):
        connection = Connection.open(Address.parse(address), ServerOptions(search_patience=60, **options))
        try:
            return connection.read(lambda client: client.get_collections()).collections
        finally:
            connection.close()

    return collections


def test_a_certificate_of_nobody_known_is_final(rest, rpc, collections):
    refused = {
        f"https://localhost:{rest[0]}/shop": {},
        "https://localhost:1/shop": {"grpc": True, "grpc_port": rpc},
    }
    for address, options in refused.items():
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"cannot be verified: .*LIKEWISE_CA_FILE \(or in SSL_CERT_FILE"):
            collections(address, **options)
        assert time.monotonic() - began < 5


def test_a_certificate_of_another_host_is_final(rest, certificate, collections):
    with pytest.raises(StoreError, match=r"cannot be verified: IP address mismatch"):
        collections(f"https://127.0.0.1:{rest[0]}/shop", ca_file=str(certificate[0]))


def test_one_file_of_authorities_serves_both_protocols(rest, rpc, certificate, collections):
    trusted = {"ca_file": str(certificate[0])}
    assert collections(f"https://localhost:{rest[0]}/shop", **trusted) == []
    # The port of the address is not that of gRPC.
    assert collections("https://localhost:1/shop", grpc=True, grpc_port=rpc, **trusted) == []


def test_rest_honours_the_usual_variable(rest, certificate, collections, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert collections(f"https://localhost:{rest[0]}/shop") == []


def test_what_a_proxy_puts_before_the_server_is_asked_for(rest, certificate, collections):
    port, asked = rest
    collections(f"https://localhost:{port}/qdrant/v1.17/shop", ca_file=str(certificate[0]))
    assert asked == ["/qdrant/v1.17/collections"]


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff"])
def test_a_file_without_authorities_is_named(tmp_path, content, collections):
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ParameterError, match=r"authorities\.pem \(LIKEWISE_CA_FILE\)"):
        collections("https://localhost:1/shop", ca_file=str(file))
