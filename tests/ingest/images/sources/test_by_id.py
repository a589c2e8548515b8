"""Pictures under a product's id: which belong to it, and in which order."""

import unicodedata

import pytest

from likewise.ingest.images import Pictures, Refused, SourceOptions, only_own


@pytest.fixture
def look(tmp_path):
    """Makes a catalog with these images and returns what is found for an id."""

    def look(product_id, *names, roots=()):
        for name in names:
            path = tmp_path / "catalog" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        answer = Pictures(tmp_path / "catalog", SourceOptions(image_roots=roots)).by_id(product_id)
        return answer.reason if isinstance(answer, Refused) else [picture.ref for picture in answer]

    return look


@pytest.mark.parametrize(
    "suffix",
    [".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".HEIF", ".Jpg"],
)
def test_every_suffix_of_a_picture_in_any_case(look, suffix):
    assert look("15", f"images/15{suffix}", "images/15.txt", "images/150.jpg") == [f"images/15{suffix}"]


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (("15.png", "15.jpg"), "15.jpg"),
        (("15.JPG", "15.png"), "15.png"),
        (("15.tiff", "15.jpeg", "15.webp"), "15.jpeg"),
    ],
)
def test_of_several_suffixes_the_first_of_today_wins(look, names, best):
    assert look("15", *(f"images/{name}" for name in names)) == [f"images/{best}"]


def test_several_pictures_the_main_one_first_and_then_by_number(look):
    names = (
        "15/b10.jpg",
        "15/b2.png",
        "15/.hidden.jpg",
        "15/notes.txt",
        "15_10.jpg",
        "15-2.jpg",
        "15_1.webp",
        "15.jpg",
    )
    expected = ["15.jpg", "15/b2.png", "15/b10.jpg", "15-2.jpg", "15_1.webp", "15_10.jpg"]
    assert look("15", *(f"images/{name}" for name in names)) == [f"images/{name}" for name in expected]
    assert look("15", "images/15_front.jpg", "images/15_1_2.jpg") == [f"images/{name}" for name in expected]


def test_pictures_without_a_main_one(look):
    assert look("7", "images/7/front.jpg") == ["images/7/front.jpg"]
    assert look("8", "images/8_1.jpg") == ["images/8_1.jpg"]


def test_what_another_id_names_is_the_others(tmp_path, look):
    names = ("15.jpg", "15_1.jpg", "15_1_1.jpg", "15_2.jpg", "15/15_1.jpg")
    look("15", *(f"images/{name}" for name in names))
    pictures = Pictures(tmp_path / "catalog")

    def own(product_id, ids):
        return [picture.ref for picture in only_own(product_id, pictures.by_id(product_id), ids)]

    assert own("15", {"15", "15_1"}) == ["images/15.jpg", "images/15/15_1.jpg", "images/15_2.jpg"]
    assert own("15_1", {"15", "15_1"}) == ["images/15_1.jpg", "images/15_1_1.jpg"]
    assert "images/15_1.jpg" in own("15", {"15"})


def test_ids_in_another_normal_form(look):
    composed, apart = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    assert look(composed, f"images/{apart}.jpg", f"images/{apart}_1.jpg") == [
        f"images/{apart}.jpg",
        f"images/{apart}_1.jpg",
    ]


@pytest.mark.parametrize(
    ("product_id", "reason"),
    [
        ("a/b", "outside-catalog"),
        ("..", "outside-catalog"),
        ("", "missing-image"),
        ("9", "missing-image"),
        ("\0", "missing-image"),
    ],
)
def test_ids_without_a_picture(look, product_id, reason):
    assert look(product_id, "images/15.jpg") == reason


def test_what_stands_where_the_image_should_be(look, tmp_path):
    look("1", "images/1.jpg")
    images = tmp_path / "catalog" / "images"
    (tmp_path / "outside.jpg").write_bytes(b"x")
    (images / "2.jpg").mkdir()
    (images / "3.jpg").symlink_to(tmp_path / "outside.jpg")
    (images / "4.jpg").symlink_to(images / "4.jpg")
    (images / "5.jpg").symlink_to(images / "nothing")
    (images / "6.jpg").symlink_to(images / "nothing")
    (images / "6.png").write_bytes(b"x")
    assert [look(each) for each in "2345"] == ["not-a-file", "outside-catalog", "unreadable", "missing-image"]
    assert look("6") == ["images/6.png"]


def test_image_roots_are_searched_after_the_catalog(look, tmp_path):
    root = tmp_path / "root"
    (root / "images").mkdir(parents=True)
    for name in ("20.jpg", "images/21.jpg", "images/15.jpg"):
        (root / name).write_bytes(b"x")
    assert look("15", "images/15.jpg", roots=(root,)) == ["images/15.jpg"]
    assert look("20", roots=(root,)) == ["20.jpg"]
    assert look("21", roots=(root,)) == ["images/21.jpg"]
