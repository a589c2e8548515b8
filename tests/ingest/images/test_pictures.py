"""Pictures by reference: only what is in the folder is read, and every reader may be in another process."""

import os
import pickle

import pytest

from likewise.ingest.errors import ImageError
from likewise.ingest.images import Folder, Picture


@pytest.fixture
def folder(tmp_path):
    """A folder with a picture, beside a picture that is not in it."""
    (tmp_path / "catalog" / "images").mkdir(parents=True)
    (tmp_path / "catalog" / "images" / "1.jpg").write_bytes(b"inside")
    (tmp_path / "outside.jpg").write_bytes(b"outside")
    (tmp_path / "catalog-2").mkdir()
    (tmp_path / "catalog-2" / "1.jpg").write_bytes(b"outside")
    return tmp_path / "catalog"


def reason(folder, ref):
    with pytest.raises(ImageError) as caught:
        Folder(folder).read(ref)
    return caught.value.reason


@pytest.mark.parametrize("ref", ["images/1.jpg", "./images/1.jpg", "images/../images/1.jpg"])
def test_a_file_of_the_folder(folder, ref):
    assert Folder(folder).read(ref) == b"inside"


def test_a_folder_whose_own_path_is_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert Folder(tmp_path / "link").read("images/1.jpg") == b"inside"


@pytest.mark.parametrize("ref", ["../outside.jpg", "images/../../outside.jpg", "../catalog-2/1.jpg", "/etc/passwd"])
def test_what_is_outside_of_the_folder_is_refused(folder, ref):
    assert reason(folder, ref) == "outside-catalog"


def test_a_link_that_leaves_the_folder_is_refused_and_one_that_stays_is_not(folder, tmp_path):
    (folder / "images" / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    (folder / "images" / "in.jpg").symlink_to(folder / "images" / "1.jpg")
    (folder / "more").symlink_to(tmp_path)
    assert reason(folder, "images/out.jpg") == "outside-catalog"
    assert reason(folder, "more/outside.jpg") == "outside-catalog"
    assert Folder(folder).read("images/in.jpg") == b"inside"


@pytest.mark.parametrize(
    ("ref", "expected"),
    [("images/2.jpg", "missing"), ("images", "not-a-file"), ("images/1.jpg/x", "unreadable"), ("\0", "unreadable")],
)
def test_what_cannot_be_read_says_why(folder, ref, expected):
    assert reason(folder, ref) == expected


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder, deadline):
    os.mkfifo(folder / "images" / "pipe.jpg")
    assert reason(folder, "images/pipe.jpg") == "not-a-file"


def test_links_in_a_circle_are_unreadable(folder):
    (folder / "images" / "loop.jpg").symlink_to(folder / "images" / "loop.jpg")
    assert reason(folder, "images/loop.jpg") == "unreadable"


def test_a_long_reference_is_cut_in_the_message(folder):
    with pytest.raises(ImageError) as caught:
        Folder(folder).read("../" + "x/" * 500)
    assert len(str(caught.value)) < 300


def test_a_picture_is_read_where_its_source_says_also_in_another_process(folder):
    picture = Picture("images/1.jpg", Folder(folder))
    assert picture.read() == b"inside"
    assert pickle.loads(pickle.dumps(picture)).read() == b"inside"


def test_pictures_are_equal_by_their_reference(folder, tmp_path):
    assert Picture("1.jpg", Folder(folder)) == Picture("1.jpg", Folder(tmp_path))
    assert Picture("1.jpg", Folder(folder)) != Picture("2.jpg", Folder(folder))


def test_any_source_will_do():
    class Memory:
        def read(self, ref: str) -> bytes:
            return ref.encode()

    assert Picture("https://shop.example/1.jpg", Memory()).read() == b"https://shop.example/1.jpg"
