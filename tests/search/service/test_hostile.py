"""Whatever a stranger sends as a picture gets a 4xx soon; memory stays bounded, and the service lives."""

import contextlib
import io
import random
import resource
import socket
import struct
import threading
import time
import zipfile
import zlib

import pytest
from PIL import Image

from likewise.search.service.uploads import UploadLimits


def encoded(image, form, **more):
    written = io.BytesIO()
    image.save(written, form, **more)
    return written.getvalue()


SMALL = Image.new("RGB", (40, 50), (200, 30, 40))
JPEG, PNG = encoded(SMALL, "JPEG"), encoded(SMALL, "PNG")


def png(width, height, content):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def zipped():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(2**24))
    return written.getvalue()


REFUSED = {
    "nothing": b"",
    "one byte": b"x",
    "a bomb of pixels": png(60_000, 60_000, zlib.compress(bytes(10_000))),
    "a header alone": b"\x89PNG\r\n\x1a\n",
    "a picture cut off": encoded(Image.effect_noise((400, 400), 50), "PNG")[:3000],
    "noise behind a head": b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(5000),
    "endless scans": JPEG[:-2] + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" * 5000,
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "svg with entities": b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>',
    "html": b"<html><script>alert(1)</script></html>",
    "pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n(/etc/passwd) run\n",
    "zip": zipped(),
    "elf": b"\x7fELF" + bytes(500),
    "a pickle": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
    "ico": b"\x00\x00\x01\x00\x01\x00" + bytes(100),
    "a tiny picture": encoded(Image.new("RGB", (2, 2)), "PNG"),
    "a gif of one byte": b"GIF89a" + bytes(7),
    "zeros": bytes(10**6),
}

POLYGLOTS = {
    "a bomb behind the last pixel": png(100, 100, zlib.compress(bytes(2**27), 9)),
    "a zip behind a jpeg": JPEG + zipped(),
    "html in a jpeg": JPEG[:2] + b"\xff\xfe\x00\x24<script>alert(document.domain)</script>"[:38] + JPEG[2:],
    "html behind a png": PNG + b"<script>alert(1)</script>",
}


@pytest.fixture(scope="module")
def http(tmp_path_factory, make_index, make_encoder, serving, until):
    folder = tmp_path_factory.mktemp("hostile")
    store = make_index(folder)
    limits = UploadLimits(memory=64 * 2**20, step=2**10, pause=0.5, seconds=3.0)
    with serving(lambda: store, make_encoder(), uploads=limits, timeout=20.0) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        client.post("/v1/similar", content=JPEG)
        yield client


@pytest.fixture(autouse=True)
def stays_alive_and_small(http):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert http.get("/v1/similar/100").status_code == 200
    assert http.post("/v1/similar", content=JPEG).status_code == 200
    # In KiB; the tests' own copies of what they send are in it.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10


def as_raw(data):
    return {"content": data}


def as_form(data):
    return {"files": {"image": ("a.png", data, "image/png")}}


def as_other(data):
    return {"content": data, "headers": {"Content-Type": "text/html"}}


@pytest.mark.parametrize("path", ["/v1/similar", "/v1/similar?rectangle=0,0,0.01,0.01"])
@pytest.mark.parametrize("sent", [as_raw, as_form, as_other])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused(http, name, sent, path):
    begin = time.monotonic()
    answer = http.post(path, **sent(REFUSED[name]))
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["type"] in ("ImageError", "ParameterError")
    assert "/" not in answer.json()["error"].replace("image/", "").replace("http://", "")
    assert "Traceback" not in answer.text
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_picture_that_is_something_else_too_is_only_a_picture(http, name):
    answer = http.post("/v1/similar?k=1", content=POLYGLOTS[name])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert "script" not in answer.text


def wire(http):
    return socket.create_connection((http.base_url.host, http.base_url.port), timeout=20)


@pytest.mark.parametrize("kind", ["image/jpeg", "multipart/form-data; boundary=x", "application/json"])
def test_a_gigabyte_that_is_announced_is_not_waited_for(http, kind):
    with wire(http) as sending:
        head = f"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {2**30}\r\n\r\n"
        sending.sendall(head.encode() + b"abc")
        assert b" 413 " in sending.recv(4096)


@pytest.mark.parametrize("path", ["/v1/similar", "/v1/recommend", "/v1/similar/100", "/healthz", "/v1/products/100"])
def test_a_body_without_an_end_is_not_kept(http, path):
    method = "POST" if path in ("/v1/similar", "/v1/recommend") else "GET"
    with wire(http) as sending, contextlib.suppress(OSError):
        sending.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(80):
            sending.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")


@pytest.mark.parametrize("length", ["-1", "abc", "1" * 400, "1, 2"])
def test_lengths_that_are_none_are_refused(http, length):
    with wire(http) as sending:
        sending.sendall(f"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nabc".encode())
        assert sending.recv(4096).split()[1] in (b"400", b"413", b"408", b"422")


def test_senders_that_trickle_are_given_up_while_others_are_answered(http):
    ended = []

    def trickle():
        with wire(http) as sending:
            sending.sendall(b"POST /v1/similar HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(100):
                    sending.sendall(b"a")
                    time.sleep(0.05)
            ended.append(sending.recv(4096).split()[1])

    threads = [threading.Thread(target=trickle) for _ in range(40)]
    for thread in threads:
        thread.start()
    begin = time.monotonic()
    for _ in range(5):
        assert http.post("/v1/similar", content=JPEG).status_code == 200
    assert time.monotonic() - begin < 5
    for thread in threads:
        thread.join()
    assert set(ended) == {b"408"}


def test_a_form_of_endless_parts_ends(http):
    body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 200_000
    begin = time.monotonic()
    answer = http.post("/v1/similar", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 400
    assert time.monotonic() - begin < 5


def test_nothing_that_is_sent_reaches_a_disk(http, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.SpooledTemporaryFile", lambda *_, **__: pytest.fail("spooled"))
    monkeypatch.setattr("tempfile._get_default_tempdir", lambda *_: pytest.fail("a temporary file"))
    large = encoded(Image.effect_noise((1500, 1500), 60).convert("RGB"), "PNG")
    assert len(large) > 2**21
    assert http.post("/v1/similar", files={"image": large}).status_code == 200
