"""A folder of pictures as a catalog without a table."""

import os

import pytest

from likewise.ingest.images import Pictures, Refused, SourceOptions


@pytest.fixture
def folder(tmp_path):
    names = (
        *("top.jpg", "shoes/10.jpg", "shoes/9.JPG", "shoes/boots/a.b.webp", "shoes/notes.txt", "bags/1.png"),
        *(".hidden/1.jpg", "bags/.hidden.jpg", "twins/a.jpg", "twins/a.png", "twins/a.jpg.gif", "twins/b.jpg"),
    )
    for name in names:
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "1.jpg").write_bytes(b"outside")
    return tmp_path / "shop"


def walked(folder, *roots):
    found = list(Pictures(folder, SourceOptions(image_roots=roots)).walk())
    assert len({each.id for each in found}) == len(found)
    return {each.id: each.picture.reason if isinstance(each.picture, Refused) else each.picture.ref for each in found}


def test_paths_are_ids_and_folders_are_categories(folder):
    found = list(Pictures(folder).walk())
    assert [(each.id, each.category) for each in found] == [
        ("top", ""),
        ("bags/1", "bags"),
        ("shoes/9", "shoes"),
        ("shoes/10", "shoes"),
        ("shoes/boots/a.b", "shoes/boots"),
        ("twins/a.jpg", "twins"),
        ("twins/a.jpg.gif", "twins"),
        ("twins/a.png", "twins"),
        ("twins/b", "twins"),
    ]
    assert all(each.picture.read() == each.picture.ref.encode() for each in found)


def test_links_that_lead_outside_are_refused_and_those_inside_are_not_walked_twice(folder, tmp_path):
    (folder / "bags" / "out").symlink_to(tmp_path / "outside")
    (folder / "bags" / "out.jpg").symlink_to(tmp_path / "outside" / "1.jpg")
    (folder / "bags" / "in.jpg").symlink_to(folder / "top.jpg")
    (folder / "bags" / "up").symlink_to(folder)
    (folder / "bags" / "shoes").symlink_to(folder / "shoes")
    (folder / "bags" / "loop.jpg").symlink_to(folder / "bags" / "loop.jpg")
    (folder / "bags" / "gone.jpg").symlink_to(folder / "nothing.jpg")
    bags = {key: value for key, value in walked(folder).items() if key.startswith("bags")}
    assert bags == {
        "bags/1": "bags/1.png",
        "bags/gone": "missing-image",
        "bags/in": "bags/in.jpg",
        "bags/loop": "unreadable",
        "bags/out": "outside-catalog",
        "bags/out/": "outside-catalog",
    }


def test_links_into_an_image_root_are_followed_and_end(folder, tmp_path):
    (folder / "more").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "again").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "back").symlink_to(folder)
    assert [each for each in walked(folder, tmp_path / "outside") if each.startswith("more")] == ["more/1"]


def test_names_that_are_no_unicode(folder):
    os.close(os.open(os.fsencode(folder) + b"/caf\xe9.jpg", os.O_CREAT))
    assert "bad-id" in walked(folder).values()


def test_a_folder_that_cannot_be_read(folder, request):
    (folder / "bags").chmod(0)
    # As root, the whole of the temporary folder is out of reach for others.
    request.getfixturevalue("powerless")
    assert "unreadable" in walked(folder).values()


def test_deep_folders(tmp_path):
    (tmp_path / "/".join(["d"] * 150)).mkdir(parents=True)
    (tmp_path / "/".join(["d"] * 150) / "1.jpg").write_bytes(b"x")
    assert list(walked(tmp_path)) == ["/".join([*["d"] * 150, "1"])]
