"""Metadata that are odd while the pixels are whole cost no picture, and nothing is inflated without bound."""

import struct
import tracemalloc
import zlib

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from likewise.ingest.errors import ImageError
from likewise.ingest.images import open_image
from tests.ingest.images.samples import (
    TURNED,
    chunk,
    encoded,
    entry,
    exif,
    gradient,
    segment,
    with_chunks,
    with_segments,
    with_wrong_checksum,
)

JPEG, PNG, WEBP, TIFF = (encoded(gradient(), form) for form in ("JPEG", "PNG", "WEBP", "TIFF"))
AVIF = encoded(gradient(), "AVIF")
XMP = b"<x:xmpmeta xmlns:tiff='x'><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>"

# A resolution of n/0, which is a rational at byte 38; tags of no kind that there is; counts beyond any file.
ODD = {
    "zero-denominators": exif(TURNED, entry(0x11A, 5, 1, 38), tail=bytes((1, 0, 0, 0, 0, 0, 0, 0)) * 2),
    "no-such-kinds": exif(*(entry(0x100 + kind, kind, 1, 0) for kind in range(40)), TURNED),
    "huge-counts": exif(*(entry(0x10F, kind, 2**32 - 1, 2**31) for kind in range(1, 14)), TURNED),
    "pointing-to-itself": exif(TURNED, entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)),
    "more-tags-than-bytes": exif(TURNED).replace(b"\x08\0\0\0\1\0", b"\x08\0\0\0\xff\xff"),
    "big-endian": b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0",
}
BROKEN = {
    "empty": b"",
    "no-header": b"who knows",
    "cut": exif(TURNED)[:17],
    "directory-behind-the-end": b"II*\0\xff\xff\xff\x7f",
    "no-such-turn": exif(entry(0x112, 3, 1, 77)),
    "many-turns": exif(entry(0x112, 3, 2**30, 6)),
    "turn-as-text": exif(entry(0x112, 2, 1, 6)),
}


def with_exif(form: str, block: bytes) -> bytes:
    if form == "JPEG":
        return with_segments(JPEG, segment(0xE1, b"Exif\0\0" + block))
    if form == "PNG":
        return with_chunks(PNG, chunk(b"eXIf", block))
    return encoded(gradient(), form, exif=block) if block else {"WEBP": WEBP}[form]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", ODD)
def test_the_orientation_is_read_among_odd_tags(form, name):
    assert open_image(with_exif(form, ODD[name])).size == (48, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_block_says_nothing_about_the_orientation(form, name):
    assert open_image(with_exif(form, BROKEN[name])).size == (64, 48)


@pytest.mark.parametrize("value", range(1, 9))
def test_every_orientation_is_that_of_pillow(value):
    opened = open_image(with_exif("PNG", exif(entry(0x112, 3, 1, value))))
    image = gradient()
    image.info["exif"] = b"Exif\0\0" + exif(entry(0x112, 3, 1, value))
    assert opened.tobytes() == ImageOps.exif_transpose(image).tobytes()


def test_the_orientation_may_stand_in_xmp():
    head = b"http://ns.adobe.com/xap/1.0/\0"
    assert open_image(with_segments(JPEG, segment(0xE1, head + XMP))).size == (48, 64)
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
    assert open_image(with_chunks(PNG, chunk(b"iTXt", text))).size == (48, 64)
    packed = b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(XMP)
    assert open_image(with_chunks(PNG, chunk(b"iTXt", packed))).size == (48, 64)
    assert open_image(encoded(gradient(), "WEBP", xmp=XMP)).size == (48, 64)


@pytest.mark.parametrize("xmp", [b"", b"\0", b"<", b"\xff" * 60_000, b"tiff:Orientation=", b'tiff:Orientation="9"'])
def test_xmp_of_any_kind(xmp):
    assert open_image(with_segments(JPEG, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp))).size == (64, 48)
    assert open_image(with_chunks(PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + xmp))).size == (64, 48)
    assert open_image(encoded(gradient(), "WEBP", xmp=xmp or b"x")).size == (64, 48)


@pytest.mark.parametrize("body", [b"", b"JFIF", b"JFIF\0", b"Adobe", b"MPF\0", b"MPF\0II*\0junk", b"ICC_PROFILE\0"])
@pytest.mark.parametrize("kind", [*range(0xE0, 0xF0), 0xFE])
def test_application_segments_of_any_content(kind, body):
    data = encoded(gradient(), "JPEG", comment=b"x")
    assert open_image(with_segments(data, segment(kind, body))).tobytes() == open_image(data).tobytes()


def test_photoshop_blocks_that_lie_about_their_size():
    body = b"Photoshop 3.0\x008BIM\x03\xed\0\0\xff\xff\xff\xff"
    assert open_image(with_segments(JPEG, segment(0xED, body))).size == (64, 48)


def test_a_film_behind_a_photograph_is_not_looked_at():
    data = encoded(gradient(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    # Pillow writes a resolution into an MPO, which changes no pixel.
    assert open_image(data).tobytes() == open_image(JPEG).tobytes()
    assert open_image(data.replace(b"MPF\0II*\0", b"MPF\0II*\xff")).size == (64, 48)


LONG = b"x" * (3 * 2**20)


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"Comment\0" + LONG),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG)),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(LONG)),
        chunk(b"iTXt", b"Comment\0\0\0\0\0" + LONG),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(LONG)),
        chunk(b"iCCP", b"p\0\7"),
        chunk(b"iCCP", b""),
        chunk(b"zTXt", b""),
        chunk(b"iTXt", b"\xff"),
        chunk(b"gAMA", b""),
        chunk(b"cHRM", b"\1"),
        chunk(b"pHYs", b""),
        chunk(b"acTL", b"\1"),
        chunk(b"fcTL", b"\1"),
        chunk(b"acTL", bytes(8)) + chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + chunk(b"fcTL", b"\7" * 26),
    ],
)
def test_chunks_without_pixels_of_any_content(text):
    assert open_image(with_chunks(PNG, text)).tobytes() == gradient().tobytes()
    assert open_image(PNG[:-12] + text + PNG[-12:]).tobytes() == gradient().tobytes()


@pytest.mark.parametrize("key", [b"Comment", b"XML:com.adobe.xmp", b"Raw profile type exif"])
@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_no_metadata_are_inflated_without_bound(kind, key):
    bomb = zlib.compress(bytes(2**27))
    data = with_chunks(PNG, chunk(kind, key + (b"\0\1\0\0\0" if kind == b"iTXt" else b"\0\0") + bomb))
    tracemalloc.start()
    try:
        assert open_image(data).size == (64, 48)
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"gAMA", b"pHYs", b"sRGB", b"prVt"])
def test_a_wrong_checksum_of_what_holds_no_pixels(kind):
    assert open_image(with_chunks(PNG, chunk(kind, b"key\0value", wrong=True))).tobytes() == gradient().tobytes()


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"tRNS", b"IDAT"])
def test_a_wrong_checksum_of_pixels_is_refused(kind):
    data = encoded(gradient().quantize(16), transparency=3)
    assert open_image(data).size == (64, 48)
    with pytest.raises(ImageError, match=r"truncated: .*checksum"):
        open_image(with_wrong_checksum(data, kind))


def test_a_png_of_endless_chunks_is_a_bomb(deadline):
    assert open_image(with_chunks(PNG, chunk(b"prVt", b"") * 50_000)).size == (64, 48)
    with pytest.raises(ImageError, match=r"bomb: .*chunks"):
        open_image(with_chunks(PNG, chunk(b"prVt", b"") * 1_000_000))


def test_a_jpeg_of_endless_segments_is_a_bomb(deadline):
    assert open_image(with_segments(JPEG, segment(0xE7, b"") * 4_000)).size == (64, 48)
    with pytest.raises(ImageError, match=r"bomb: .*segments"):
        open_image(with_segments(JPEG, segment(0xE7, b"") * 1_000_000))


def test_what_imagemagick_writes_as_exif():
    info = PngImagePlugin.PngInfo()
    block = b"Exif\0\0" + exif(TURNED)
    info.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    assert open_image(encoded(gradient(), pnginfo=info)).size == (48, 64)


def test_broken_exif_of_an_avif_and_its_orientation():
    data = encoded(gradient(), "AVIF", exif=exif(entry(0x10F, 2, 4, 0x41414141)))
    at = data.index(b"II*\0")
    assert open_image(data[:at] + b"junk" + data[at + 4 :]).size == (64, 48)
    assert open_image(encoded(gradient(), "AVIF", exif=exif(TURNED))).size == (48, 64)


def tiff_with(*tags: tuple[int, int, int, bytes], **more) -> bytes:
    """A TIFF whose directory, which Pillow writes in front of the pixels, is moved to the end and has more tags."""
    data = encoded(gradient(), "TIFF", **more)
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    entries += [struct.pack("<HHI", tag, kind, number) + value for tag, kind, number, value in tags]
    entries.sort(key=lambda each: int.from_bytes(each[:2], "little"))
    place = len(data).to_bytes(4, "little")
    return data[:4] + place + data[8:] + len(entries).to_bytes(2, "little") + b"".join(entries) + bytes(4)


@pytest.mark.parametrize(
    "tag",
    [
        (282, 5, 1, b"\0\0\0\0"),
        (270, 2, 2**32 - 1, b"\0\0\0\0"),
        (34665, 4, 1, b"\x08\0\0\0"),
        (34665, 4, 2**31, b"\xff\xff\xff\xff"),
        (700, 1, 2**30, b"\x08\0\0\0"),
        (34675, 7, 2**30, b"\x08\0\0\0"),
        (33723, 99, 1, b"abcd"),
        (0xBC01, 1, 1, b"abcd"),
        (274, 2, 1, b"\6\0\0\0"),
    ],
)
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
def test_tags_of_a_tiff_of_any_kind(tag, compression):
    data = tiff_with(tag, compression=compression)
    assert open_image(data).tobytes() == open_image(encoded(gradient(), "TIFF", compression=compression)).tobytes()


def test_a_tiff_is_turned_and_shows_its_first_page():
    assert open_image(tiff_with((274, 3, 1, b"\6\0\0\0"))).size == (48, 64)
    pages = encoded(gradient(), "TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9))] * 20)
    assert open_image(pages).tobytes() == gradient().tobytes()


def test_a_tiff_of_endless_strips_is_a_bomb(deadline):
    data = encoded(gradient(), "TIFF")
    at = data.index(struct.pack("<H", 273), 8)
    lie = data[: at + 4] + struct.pack("<II", 8_000_000, 8) + data[at + 12 :] + bytes(33_000_000)
    with pytest.raises(ImageError, match=r"bomb: .*strips"):
        open_image(lie)
