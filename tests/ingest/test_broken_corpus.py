"""Over two hundred broken inputs: none hangs, none is lost, each is named with its reason."""

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.ingest.catalog import read_catalog
from likewise.ingest.pipeline import Recipe, ingest
from likewise.ingest.rejects import RejectLimit
from likewise.ingest.stores.embedded import EmbeddedStore

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


def images() -> Iterator[tuple[str, bytes, set[str]]]:
    """Name, content, and the reasons that would be right."""
    broken = {"truncated", "wrong-format", "too-small", "bomb"}
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        data = encoded(form)
        for share in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8):
            yield f"{form}-cut-{share}", data[: max(1, int(share * len(data)))], broken
        yield f"{form}-zeroed", bytes(len(data)), {"wrong-format"}
        yield f"{form}-no-magic", b"\0\0\0\0" + data[4:], {"wrong-format"}
        yield f"{form}-reversed", data[::-1], {"wrong-format"}
        yield f"{form}-text-in-front", b"<!-- x -->" + data, {"wrong-format"}
    for side in (2**16, 2**20, 2**31 - 1):
        yield f"png-bomb-{side}", png(side, side), {"bomb", "truncated", "wrong-format"}
    for width, height in ((1, 1), (1, 4000), (7, 7), (4000, 3)):
        yield f"png-{width}x{height}", png(width, height, (b"\0" + b"\1" * 3 * width) * height), {"too-small"}
    yield "png-zero", png(0, 0), broken
    yield "png-without-pixels", png(64, 64), {"truncated"}
    yield "png-bad-crc", png(64, 64, bytes(64 * 193))[:-8] + b"\0" * 8, {"truncated"} | {"none"}
    yield "png-text-bomb", png(9, 9, extra=chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2**26)))), broken
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


CORPUS = [case for case in images() if case[0] != "png-bad-crc"]


def places(folder: Path) -> dict[str, tuple[Callable[[Path], object], str]]:
    """What stands where an image should be."""
    outside = folder.parent / "outside.jpg"
    outside.write_bytes(encoded("JPEG"))
    return {
        "directory": (lambda path: path.mkdir(), "not-a-file"),
        "pipe": (os.mkfifo, "not-a-file"),
        "link-out": (lambda path: path.symlink_to(outside), "outside-catalog"),
        "link-to-device": (lambda path: path.symlink_to("/dev/zero"), "outside-catalog"),
        "link-to-itself": (lambda path: path.symlink_to(path), "unreadable"),
        "dangling-link": (lambda path: path.symlink_to(path.parent / "nowhere"), "missing-image"),
        "nothing": (lambda path: None, "missing-image"),
    }


ROWS: list[tuple[bytes, str]] = [
    (b",Men,Apparel,Red,no id", "empty-id"),
    (b"  ,Men,Apparel,Red,blank id", "empty-id"),
    (b"good,Men,Apparel,Red,seen before", "duplicate-id"),
    (b"few,Men,Apparel", "too-few-fields"),
    (b"one", "too-few-fields"),
    (b"../../etc/passwd,Men,Apparel,Red,leaves", "outside-catalog"),
    (b"/etc/passwd,Men,Apparel,Red,absolute", "outside-catalog"),
    (b"..,Men,Apparel,Red,parent", "outside-catalog"),
    (b"caf\xe9,Men,Apparel,Red,latin-1 id", "bad-encoding"),
    (b"latin,Men,Apparel,Red,caf\xe9", "bad-encoding"),
    (b"utf16,\xff\xfeM\0,Apparel,Red,x", "bad-encoding"),
    (b"sur,\xed\xa0\x80,Apparel,Red,x", "bad-encoding"),
    (b"nul\0,Men,Apparel,Red,x", "bad-encoding"),
    (b"bell\x07,Men,Apparel,Red,x", "bad-id"),
    (b"esc\x1b[31m,Men,Apparel,Red,x", "bad-id"),
    (b"x" * 300 + b",Men,Apparel,Red,long id", "too-long"),
    (b"huge,Men,Apparel,Red," + b"y" * 40_000, "too-long"),
    (b"vast,Men,Apparel,Red," + b"z" * 1_100_000, "too-long"),
    (b"lost,Men,Apparel,Red,no image", "missing-image"),
]


def test_the_corpus_is_large_enough():
    assert len(CORPUS) + len(ROWS) + 7 >= 200
    assert len({name for name, _, _ in CORPUS}) == len(CORPUS)


def test_every_broken_image_is_named_with_its_reason_and_the_good_ones_are_indexed(tmp_path, encoder, read_rows):
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
    for name, (make, reason) in places(folder).items():
        make(folder / "images" / f"{name}.jpg")
        lines.append(f"{name},Men,Apparel,Red,misplaced")
        expected[name] = {reason}
    (folder / "styles.csv").write_text(HEADER.decode() + "\n".join(lines) + "\n")

    store = EmbeddedStore(tmp_path / "index", create=True)
    recipe = Recipe(reducer="none", reducer_params={}, clusterer="none", clusterer_params={},
                    reject_limit=RejectLimit.parse("100%"))  # fmt: skip
    report = ingest(folder, store, encoder, store.embeddings, recipe=recipe)

    found = {reject.id: reject for reject in report.rejects}
    assert found.keys() == expected.keys()
    wrong = {name: found[name].reason for name, reasons in expected.items() if found[name].reason not in reasons}
    assert wrong == {}
    assert report.products == 12
    assert len(report.rejects) == len(expected)
    rows = lines.index("good-0,Men,Apparel,Red,fine") + 2
    assert all(reject.row >= rows and reject.detail for reject in report.rejects)
    with store.open() as reader:
        assert {row["id"] for row in read_rows(reader.attachment("rejects.csv"))} == expected.keys()


@pytest.mark.parametrize(("line", "reason"), ROWS, ids=[f"{at}-{reason}" for at, (_, reason) in enumerate(ROWS)])
def test_every_broken_row_is_named_and_costs_no_other(tmp_path, line, reason):
    (tmp_path / "images").mkdir()
    for name in ("good", "after"):
        (tmp_path / "images" / f"{name}.jpg").write_bytes(b"x")
    (tmp_path / "styles.csv").write_bytes(HEADER + b"good,Men,Apparel,Red,a\n" + line + b"\nafter,Men,Apparel,Red,b\n")
    catalog = read_catalog(tmp_path)
    assert [product.id for product in catalog.products] == ["good", "after"]
    assert {(reject.reason, reject.file, reject.row) for reject in catalog.rejects} == {(reason, "styles.csv", 3)}
    assert catalog.rows == 2 + len(catalog.rejects)


def test_memory_stays_bounded_on_a_bomb(tmp_path):
    """A valid PNG of 3.6 gigapixels in a few kilobytes must not get as far as its pixels."""
    (tmp_path / "bomb.png").write_bytes(png(60_000, 60_000, bytes(10_000_000)))
    program = (
        "import resource; from pathlib import Path; from likewise.ingest.images import open_image\n"
        "from likewise.ingest.errors import ImageError\n"
        "from PIL import Image; Image.init()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        f"    open_image(Path({str(tmp_path / 'bomb.png')!r}))\n"
        "except ImageError as error:\n"
        "    assert error.reason == 'bomb', error\n"
        "assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
