"""No address of a stranger's table reaches this machine or its network, under whatever name."""

import ipaddress
import itertools
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.errors import ImageError
from likewise.ingest.images import Picture, Pictures, Refused, SourceOptions
from likewise.ingest.images.sources.addresses import Address, forbidden, parse, shown
from likewise.ingest.images.sources.answers import Validators
from likewise.ingest.images.sources.fetch import WebFetcher

CERTIFICATE = Path(__file__).resolve().parents[3] / "data" / "shop-test.pem"
"""Of shop.test, signed by itself; with its key."""

PRIVATE = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "fec0::1"]
NEVER = [
    *("169.254.169.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("fe80::1", "ff02::1", "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
]
WRAPPED = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("ip", [*PRIVATE, *NEVER, *WRAPPED, *PUBLIC])
def test_only_public_addresses_unless_private_ones_are_allowed(ip):
    number = ipaddress.ip_address(ip)
    assert bool(forbidden(number, allow_private=False)) == (ip not in PUBLIC)
    assert bool(forbidden(number, allow_private=True)) == (ip in NEVER)


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_number_is_refused_before_anything_is_fetched(tmp_path, ip):
    host = f"[{ip}]" if ":" in ip else ip
    answer = Pictures(tmp_path).find(f"http://{host}:8080/1.jpg?key=secret")
    assert (answer.reason, "secret" in answer.detail) == ("refused-address", False)


def fetched(address, resolve, options=None, **more):
    fetcher = WebFetcher(options or SourceOptions(retries=0, timeout=5), resolve=resolve, backoff=0.01, **more)
    try:
        return fetcher.fetch(address, Validators()).data
    except ImageError as error:
        return error.reason
    finally:
        fetcher.close()


def names(*ips):
    return lambda host, port: [ipaddress.ip_address(ip) for ip in ips]


@pytest.mark.parametrize(
    "ips", [("127.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("::ffff:127.0.0.1",), ("169.254.169.254",)]
)
def test_a_name_that_leads_to_a_private_address_is_refused(site, ips):
    assert fetched(site.url.replace("127.0.0.1", "shop.test") + "/1.jpg", names(*ips)) == "refused-address"
    assert site.asked.total() == 0


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "LOCALHOST."])
def test_other_spellings_of_this_machine_are_refused(site, host):
    fetcher = WebFetcher(SourceOptions(retries=0, timeout=5))
    with pytest.raises(ImageError, match=r"refused-address|unreachable"):
        fetcher.fetch(site.url.replace("127.0.0.1", host) + "/1.jpg", Validators())
    fetcher.close()
    assert site.asked.total() == 0


def test_a_name_is_looked_up_once_so_that_it_cannot_change_after_the_check(site):
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["93.184.216.34"]))
    asked = []

    def resolve(host, port):
        asked.append(host)
        return [ipaddress.ip_address(ip) for ip in next(answers)]

    address = site.url.replace("127.0.0.1", "shop.test") + "/1.jpg"
    assert fetched(address, resolve, SourceOptions(allow_private=True)) == site.pictures["/1.jpg"]
    assert asked == ["shop.test"]
    assert site.last["/1.jpg"]["host"].startswith("shop.test:")


def test_the_next_address_of_a_name_is_tried_where_nobody_listens(site):
    address = site.url.replace("127.0.0.1", "shop.test") + "/1.jpg"
    options = SourceOptions(allow_private=True, timeout=5)
    assert fetched(address, names("127.0.0.9", "127.0.0.1"), options) == site.pictures["/1.jpg"]


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/1.jpg", "http://169.254.169.254/latest/", "file:///etc/passwd", "//[::1]/"]
)
def test_each_redirect_is_checked_again(site, target):
    site.headers = {"Location": target}
    # The first hop must be reachable: only the name of the second is private.
    options = SourceOptions(allow_private=True, hosts=("127.0.0.1",), retries=0)
    assert fetched(f"{site.url}/to/1", names("127.0.0.1"), options) == "refused-address"
    assert site.asked.total() == 1


def test_only_hosts_that_are_named_if_any_are(tmp_path, site):
    pictures = Pictures(tmp_path, SourceOptions(hosts=("cdn.shop.example", "*.photos.example")))
    answers = {host: pictures.find(f"https://{host}/1.jpg") for host in ("CDN.shop.example.", "a.photos.example")}
    assert all(isinstance(answer, Picture) for answer in answers.values())
    for host in ("shop.example", "evilcdn.shop.example", "photos.example", "cdn.shop.example.evil.example"):
        assert pictures.find(f"https://{host}/1.jpg").reason == "refused-address"
    assert pictures.find("https://cdn.shop.example@evil.example/1.jpg").reason == "refused-address"
    assert pictures.find("https://evil.example\\@cdn.shop.example/1.jpg").reason == "refused-address"


@pytest.fixture
def secure():
    """A server under https://shop.test, on this machine."""
    handler = type("Secure", (BaseHTTPRequestHandler,), {"do_GET": hello})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    seen = []
    context.sni_callback = lambda socket, name, context: seen.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    server.handle_error = lambda *_: None
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    server.server_close()
    thread.join()


def hello(handler):
    handler.log_message = lambda *_: None
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"hello")


def test_a_pinned_connection_still_verifies_the_name(secure):
    port, seen = secure
    options = SourceOptions(allow_private=True, retries=0, timeout=5)
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    assert fetched(f"https://shop.test:{port}/1.jpg", names("127.0.0.1"), options, tls=trusting) == b"hello"
    assert seen == ["shop.test"]
    assert fetched(f"https://other.test:{port}/1.jpg", names("127.0.0.1"), options, tls=trusting) == "unreachable"
    assert fetched(f"https://shop.test:{port}/1.jpg", names("127.0.0.1"), options) == "unreachable"


PARTS = st.lists(
    st.sampled_from(["user", ":", "@", "secret", "/", "\\", "host", ".", "[", "]", "%40", "?", "#", " ", "1", "\t"])
)


@given(st.one_of(st.text(), PARTS.map("".join)))
def test_no_address_raises_and_none_keeps_credentials(rest):
    for options in (SourceOptions(), SourceOptions(hosts=("host",))):
        answer = parse(f"https://{rest}", options)
        if isinstance(answer, Refused):
            assert answer.reason == "refused-address"
        else:
            authority = answer.ref.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
            assert isinstance(answer, Address)
            assert "@" not in authority
    assert len(shown(f"https://{rest}")) <= 200
