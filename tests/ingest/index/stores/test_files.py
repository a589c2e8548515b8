import os
import random

import pytest

from likewise.ingest.index.stores.files import copy_tree


@pytest.mark.parametrize("holes", [(), ((0, 2**20),), ((2**20, 2**22),), ((2**20, 2**21), (3 * 2**20, 2**22))])
def test_a_copy_has_the_same_bytes_and_the_same_holes(tmp_path, holes):
    source = tmp_path / "a" / "deep"
    source.mkdir(parents=True)
    size = 2**22
    data = bytearray(random.Random(0).randbytes(size))
    for start, end in holes:
        data[start:end] = bytes(end - start)
    with (source / "file").open("wb") as file:
        for at in range(0, size, 2**20):
            if any(data[at : at + 2**20]):
                file.seek(at)
                file.write(data[at : at + 2**20])
        file.truncate(size)
    (source / "empty").touch()
    copy_tree(tmp_path / "a", tmp_path / "b")
    copied = tmp_path / "b" / "deep" / "file"
    assert copied.read_bytes() == bytes(data)
    assert (tmp_path / "b" / "deep" / "empty").read_bytes() == b""
    os.sync()
    assert copied.stat().st_blocks <= (source / "file").stat().st_blocks + 64


def test_a_copy_needs_no_help_of_the_system(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"\0" * 5000 + b"x")
    for name in ("SEEK_DATA", "SEEK_HOLE", "O_DIRECTORY"):
        monkeypatch.delattr(os, name, raising=False)
    copy_tree(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "file").read_bytes() == b"\0" * 5000 + b"x"
