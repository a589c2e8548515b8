"""Over two hundred broken images: none hangs, none is lost, each is named with its reason."""

import contextlib
import io
import os
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.catalog import read_catalog, write_rejects
from likewise.ingest.features import FeatureCache, encode_catalog
from likewise.ingest.progress import Silent

pytestmark = pytest.mark.usefixtures("deadline")

HEADER = b"id,gender,masterCategory,baseColour,productDisplayName\n"


def encoded(form: str, **more) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (48, 40, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, body: bytes = b"", *, extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(body))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + pixels + chunk(b"IEND", b"")


# The first bytes of each format, of which none can be wrong without the picture being lost.
HEADERS = {"JPEG": 6, "PNG": 33, "GIF": 6, "BMP": 2, "TIFF": 8, "WEBP": 32}


def animation(side: int) -> bytes:
    """A WEBP of a few bytes that claims a canvas of `side` pixels."""
    still = encoded("WEBP", lossless=True)[12:]
    size = struct.pack("<I", side - 1)[:3]
    frame = bytes(6) + struct.pack("<I", 39)[:3] + struct.pack("<I", 47)[:3] + bytes(4) + still
    chunks = b"".join(
        kind + struct.pack("<I", len(data)) + data
        for kind, data in ((b"VP8X", b"\2\0\0\0" + size * 2), (b"ANIM", bytes(6)), (b"ANMF", frame))
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def endless_scans() -> bytes:
    """A JPEG in which a few bytes ask for one more pass over all pixels, many times."""
    out = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    return data[:-2] + data[data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda")) : -2] * 10_000 + b"\xff\xd9"


def images() -> Iterator[tuple[str, bytes, set[str]]]:
    """Name, content, and the reasons that would be right."""
    broken = {"truncated", "wrong-format", "too-small", "bomb"}
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        data = encoded(form)
        for share in (
            0.01,
            0.02,
            0.05,
            0.1,
            0.15,
            0.2,
            0.25,
            0.3,
            0.35,
            0.4,
            0.45,
            0.5,
            0.55,
            0.6,
            0.7,
            0.8,
            0.9,
            0.99,
        ):
            yield f"{form}-cut-{share}", data[: max(1, int(share * len(data)))], broken
        yield f"{form}-zeroed", bytes(len(data)), {"wrong-format"}
        yield f"{form}-no-magic", b"\0\0\0\0" + data[4:], {"wrong-format"}
        yield f"{form}-reversed", data[::-1], {"wrong-format"}
        yield f"{form}-text-in-front", b"<!-- x -->" + data, {"wrong-format"}
        for at in range(HEADERS[form]):
            yield f"{form}-flip-{at}", data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :], broken
    for side in (2**16, 2**20, 2**31 - 1):
        yield f"png-bomb-{side}", png(side, side), {"bomb", "truncated", "wrong-format"}
    for width, height in ((1, 1), (1, 4000), (7, 7), (4000, 3)):
        yield f"png-{width}x{height}", png(width, height, (b"\0" + b"\1" * 3 * width) * height), {"too-small"}
    yield "png-zero", png(0, 0), broken
    yield "png-without-pixels", png(64, 64), {"truncated"}
    yield "png-text-bomb", png(9, 9, extra=chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2**26)))), broken
    yield "png-profile-bomb", png(9, 9, extra=chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(2**26)))), broken
    yield "webp-huge", animation(16_383), {"bomb"}
    yield "webp-large", animation(8_000), {"bomb"}
    yield "jpeg-scans", endless_scans(), {"bomb"}
    frames = b"\x2c\0\0\0\0\x10\0\x10\0\0\2\0" * 100_000
    yield "gif-frames", b"GIF89a" + struct.pack("<HH", 16, 16) + b"\x80\0\0" + bytes(6) + frames, broken
    yield "gif-huge", b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + bytes(6) + b",", broken
    bitmap = struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "bmp-huge", b"BM" + bitmap, broken
    yield "tiff-loop", b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 8), broken
    yield "tiff-huge-tag", b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x111, 4, 2**31, 8) + bytes(4), broken
    documents = (b"%PDF-1.4\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\3\4", b"<html>404</html>")
    documents += (b"\x7fELF", b"#!/bin/sh\n", b"{}", b"\0", b"GIF", b"\xff\xd8", b"RIFF\0\0\0\0WEBP", b"P6 20 20 255\n")
    for at, data in enumerate((*documents, b"8BPS\0\1", b"%!PS-Adobe", b"ftypavif", b"not an image at all")):
        yield f"document-{at}", data, {"wrong-format", "truncated"}
    rng = np.random.default_rng(7)
    for at in range(40):
        yield f"noise-{at}", rng.bytes(int(rng.integers(1, 4000))), {"wrong-format"}
    yield "empty", b"", {"empty"}


CORPUS = list(images())


def bind(path: Path) -> None:
    # Relative, because the address of a socket is bounded to a hundred characters.
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def obstacles(folder: Path) -> dict[str, tuple[Callable[[Path], object], str]]:
    """What stands where an image should be."""
    outside = folder.parent / "outside.jpg"
    outside.write_bytes(encoded("JPEG"))
    return {
        "directory": (lambda path: path.mkdir(), "not-a-file"),
        "pipe": (os.mkfifo, "not-a-file"),
        "socket": (bind, "not-a-file"),
        "link-out": (lambda path: path.symlink_to(outside), "outside-catalog"),
        "link-to-device": (lambda path: path.symlink_to("/dev/zero"), "outside-catalog"),
        "link-to-itself": (lambda path: path.symlink_to(path), "unreadable"),
        "dangling-link": (lambda path: path.symlink_to(path.parent / "nowhere"), "missing-image"),
        "nothing": (lambda path: None, "missing-image"),
    }


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 250
    assert len({name for name, _, _ in CORPUS}) == len(CORPUS)


def test_every_broken_image_is_named_with_its_reason_and_the_good_ones_are_encoded(tmp_path, encoder, read_rows):
    folder = tmp_path / "catalog"
    (folder / "images").mkdir(parents=True)
    lines = []
    for at in range(12):
        (folder / "images" / f"good-{at}.jpg").write_bytes(encoded("JPEG", quality=30 + at))
        lines.append(f"good-{at},Men,Apparel,Red,fine")
    expected = {}
    for name, data, reasons in CORPUS:
        (folder / "images" / f"{name}.jpg").write_bytes(data)
        lines.append(f"{name},Men,Apparel,Red,broken")
        expected[name] = reasons
    for name, (make, reason) in obstacles(folder).items():
        make(folder / "images" / f"{name}.jpg")
        lines.append(f"{name},Men,Apparel,Red,misplaced")
        expected[name] = {reason}
    (folder / "styles.csv").write_text(HEADER.decode() + "\n".join(lines) + "\n")

    cache = FeatureCache(tmp_path / "cache", encoder.spec)
    catalog = encode_catalog(read_catalog(folder), encoder, cache, batch_size=8, progress=Silent())

    rejects = {reject.id: reject for reject in catalog.rejects}
    assert rejects.keys() == expected.keys()
    wrong = {name: rejects[name].reason for name, reasons in expected.items() if rejects[name].reason not in reasons}
    assert wrong == {}
    assert [item.product.id for item in catalog] == [f"good-{at}" for at in range(12)]
    assert catalog.rows == len(lines)
    assert len(catalog.rejects) == len(expected)
    rows = lines.index("good-0,Men,Apparel,Red,fine") + 2
    assert all(reject.row >= rows and reject.detail for reject in catalog.rejects)
    assert {row["id"] for row in read_rows(write_rejects(catalog.rejects))} == expected.keys()


BOMBS = ("png-text-bomb", "png-profile-bomb", "jpeg-scans", "gif-frames", "gif-huge", "bmp-huge",
         "tiff-huge-tag", "webp-huge", "webp-large", "png-bomb-65536")  # fmt: skip


def test_memory_stays_bounded_on_bombs(tmp_path):
    for name, data, _ in CORPUS:
        if name in BOMBS:
            (tmp_path / name).write_bytes(data)
    # A valid PNG of 3.6 gigapixels in a few kilobytes must not get as far as its pixels.
    (tmp_path / "png").write_bytes(png(60_000, 60_000, bytes(10_000_000)))
    assert len(list(tmp_path.iterdir())) == len(BOMBS) + 1
    program = """
import resource, sys
from pathlib import Path
from PIL import Image
from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in Path(sys.argv[1]).iterdir():
    try:
        open_image(path)
    except ImageError:
        continue
    sys.exit(f"{path.name} was decoded")
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
sys.exit(f"{more} MiB more" if more >= 64 else 0)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
