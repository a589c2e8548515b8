"""Names in a table to files: however they are written, and never to what lies outside."""

import os
import pickle
import unicodedata
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from likewise.ingest.errors import ImageError
from likewise.ingest.images import Picture, Pictures, Refused, SourceOptions
from likewise.ingest.images.sources.listings import Listings

NFC, NFD = (unicodedata.normalize(form, "Ärmel") for form in ("NFC", "NFD"))


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def catalog(tmp_path):
    put(tmp_path / "outside.jpg", b"outside")
    put(tmp_path / "catalog-2" / "1.jpg", b"outside")
    put(tmp_path / "catalog" / "images" / "1.jpg", b"one")
    return tmp_path / "catalog"


def found(catalog, value, *roots):
    pictures = Pictures(catalog, SourceOptions(image_roots=roots))
    answer = pictures.find(value)
    if isinstance(answer, Refused):
        assert len(answer.detail) < 400
        return answer.reason
    # What is kept leads to the same bytes, from the index too.
    assert Pictures(catalog, SourceOptions(image_roots=roots)).read(answer.ref) == answer.read()
    return answer.ref


def test_names_that_work_today_keep_their_reference(catalog):
    put(catalog / "a b" / "2.png")
    for name in ("images/1.jpg", "./images/1.jpg", "images/../images/1.jpg", "a b/2.png"):
        assert found(catalog, name) == name


@pytest.mark.parametrize(
    ("written", "on_disk"),
    [
        ("a%20b.jpg", "a b.jpg"),
        ("images\\x.jpg", "images/x.jpg"),
        (".\\images\\x%20y.jpg", "images/x y.jpg"),
        (" images/x.jpg ", "images/x.jpg"),
        ("images/x.jpg", "images/x.JPG"),
        ("images/x.JPEG", "images/x.jpeg"),
        (f"{NFC}/{NFC}.jpg", f"{NFD}/{NFD}.jpg"),
        (f"{NFD}.jpg", f"{NFC}.JPG"),
        (quote(f"{NFC}.jpg"), f"{NFD}.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
        ("a:b.jpg", "a:b.jpg"),
    ],
)
def test_a_name_may_be_written_differently_in_the_table(catalog, written, on_disk):
    put(catalog / on_disk)
    ref = found(catalog, written)
    assert os.path.normpath(ref.strip()) == on_disk


@pytest.mark.parametrize(
    ("exact", "other"),
    [("x.jpg", "x.JPG"), ("a%20b.jpg", "a b.jpg"), (f"{NFD}.jpg", f"{NFC}.jpg"), ("a\\b.jpg", "a/b.jpg")],
)
def test_the_exact_name_wins(catalog, exact, other):
    put(catalog / other, b"other")
    put(catalog / exact, b"exact")
    assert Pictures(catalog).find(exact).read() == b"exact"


def test_the_exact_name_in_a_later_root_wins_over_a_like_one_in_the_catalog(catalog, tmp_path):
    put(catalog / "x.JPG", b"alike")
    put(tmp_path / "more" / "x.jpg", b"exact")
    assert Pictures(catalog, SourceOptions(image_roots=(tmp_path / "more",))).find("x.jpg").read() == b"exact"


def test_absolute_names_and_file_addresses_inside_become_relative(catalog):
    path = put(catalog / "a b" / "2.png")
    assert found(catalog, str(path)) == "a b/2.png"
    assert found(catalog, path.as_uri()) == "a b/2.png"
    assert found(catalog, path.as_uri().replace("file://", "file://localhost")) == "a b/2.png"
    assert found(catalog, str(path.with_suffix(".PNG"))) == "a b/2.png"
    assert found(catalog, "file:///etc/passwd") == "outside-catalog"
    assert found(catalog, "file://other-machine/x.jpg") == "unreadable"


def test_an_image_root_may_be_a_link_and_hold_links_that_stay_inside(catalog, tmp_path):
    put(tmp_path / "disk" / "photos" / "7.jpg", b"seven")
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "link.jpg").symlink_to(tmp_path / "disk" / "photos" / "7.jpg")
    (tmp_path / "disk" / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    root = tmp_path / "root"
    assert found(catalog, "photos/7.jpg", root) == "photos/7.jpg"
    assert found(catalog, "link.jpg", root) == "link.jpg"
    assert found(catalog, "out.jpg", root) == "outside-catalog"
    assert found(catalog, str(root / "photos" / "7.JPG"), root) == "photos/7.jpg"
    assert found(catalog, str(tmp_path / "disk" / "photos" / "7.jpg"), root) == "photos/7.jpg"
    assert found(catalog, "../disk/photos/7.jpg", root) == "photos/7.jpg"
    assert found(catalog, "../disk/photos/7.jpg") == "outside-catalog"


def test_a_link_of_the_catalog_may_lead_into_an_image_root(catalog, tmp_path):
    put(tmp_path / "disk" / "7.jpg", b"seven")
    (catalog / "photos").symlink_to(tmp_path / "disk")
    assert found(catalog, "photos/7.jpg", tmp_path / "disk") == "photos/7.jpg"
    assert found(catalog, "photos/7.jpg") == "outside-catalog"


def test_a_file_that_another_hides_keeps_its_whole_address(catalog, tmp_path):
    hidden = put(tmp_path / "root" / "images" / "1.jpg", b"hidden")
    pictures = Pictures(catalog, SourceOptions(image_roots=(tmp_path / "root",)))
    assert pictures.find("images/1.jpg").read() == b"one"
    picture = pictures.find(str(hidden))
    assert picture.ref == hidden.as_uri()
    assert picture.read() == b"hidden"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("../outside.jpg", "outside-catalog"),
        ("images/../../outside.jpg", "outside-catalog"),
        ("../catalog-2/1.jpg", "outside-catalog"),
        ("..%2Foutside.jpg", "outside-catalog"),
        ("..\\outside.jpg", "outside-catalog"),
        ("/etc/passwd", "outside-catalog"),
        (".", "outside-catalog"),
        ("images", "not-a-file"),
        ("images/1.jpg/more", "unreadable"),
        ("x" * 5000, "unreadable"),
        ("nul\0.jpg", "unreadable"),
        ("images/2.jpg", "missing-image"),
        ("nothing/2.jpg", "missing-image"),
        ("", "missing-image"),
        (" ", "missing-image"),
        (None, "missing-image"),
        (float("nan"), "missing-image"),
        (7, "missing-image"),
        ({"bytes": None, "path": None}, "missing-image"),
        ({}, "missing-image"),
        (b"", "missing-image"),
    ],
)
def test_what_leads_to_no_picture_says_why(catalog, value, reason):
    assert found(catalog, value) == reason


def test_links_in_a_circle_and_pipes(catalog, deadline):
    (catalog / "loop.jpg").symlink_to(catalog / "loop.jpg")
    (catalog / "nowhere.jpg").symlink_to(catalog / "gone.jpg")
    os.mkfifo(catalog / "pipe.jpg")
    reasons = [found(catalog, f"{name}.jpg") for name in ("loop", "nowhere", "pipe")]
    assert reasons == ["unreadable", "missing-image", "not-a-file"]


@pytest.mark.parametrize("ref", ["../outside.jpg", "/etc/passwd", "file:///etc/passwd", "images/../../outside.jpg"])
def test_a_reference_is_checked_again_when_it_is_read(catalog, ref):
    with pytest.raises(ImageError) as caught:
        Pictures(catalog).read(ref)
    assert caught.value.reason == "outside-catalog"


def test_names_that_are_no_unicode_are_kept_as_addresses(catalog):
    path = os.fsencode(catalog) + b"/caf\xe9.jpg"
    Path(os.fsdecode(path)).write_bytes(b"latin")
    picture = Pictures(catalog).find("caf%E9.jpg")
    picture.ref.encode()
    assert picture.read() == b"latin"


def test_pictures_are_read_in_other_processes(catalog):
    picture = Pictures(catalog).find("images/1.jpg")
    assert picture == Picture("images/1.jpg", picture.source)
    assert pickle.loads(pickle.dumps(picture)).read() == b"one"


def test_a_folder_of_very_many_names_is_asked_instead_of_listed(tmp_path):
    for name in ("a.JPG", "b.jpg", f"{NFD}.png"):
        put(tmp_path / name)
    few, many = Listings(most=2), Listings()
    for name, there in (("a.jpg", "a.JPG"), ("b.JPG", "b.jpg"), (f"{NFC}.png", f"{NFD}.png"), ("c.jpg", None)):
        assert few.find(str(tmp_path), name) == many.find(str(tmp_path), name) == there


ADDRESSES = st.tuples(st.sampled_from(["http", "HTTPS", "s3", "memory", "cell", "local", "x"]), st.text()).map(
    "://".join
)


@given(ADDRESSES)
def test_no_address_raises_and_none_leads_into_a_file_or_a_table(address):
    pictures = Pictures(Path("nowhere"))
    answer = pictures.find(address)
    assert isinstance(answer, Refused) or answer.ref.lower().startswith(("http", "s3://", "memory://"))
    if address.startswith("cell"):
        assert answer.reason == "refused-address"
        with pytest.raises(ImageError):
            pictures.read(address)


PIECES = st.sampled_from(
    ["..", ".", "/", "\\", "images", "1", ".jpg", "%2e%2e", "%2F", "%5c", "outside", "out", " ", "\0", "://"]
)
NAMES = st.one_of(
    st.text(), st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=9).map("file://{}".format)
)


@given(NAMES)
@example("file://[")
@example("%2e%2e%2foutside.jpg")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_no_name_leads_outside_and_none_raises(catalog, name):
    link = catalog / "out"
    if not link.is_symlink():
        link.symlink_to(catalog.parent)
    pictures = Pictures(catalog)
    for value in (name, {"path": name}):
        answer = pictures.find(value)
        if isinstance(answer, Picture) and "://" not in answer.ref.lower().replace("file://", ""):
            assert answer.read() == b"one"
    with suppress(ImageError):
        assert "://" in name or pictures.read(name) == b"one"
    pictures.by_id(name)
