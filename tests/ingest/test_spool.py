"""Long lists behave as lists, hold a few blocks in memory, and leave no file behind."""

import gc
import os
import pickle
import tempfile
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest import spool as module
from likewise.ingest.errors import StoreError
from likewise.ingest.spool import Chained, Picked, Spool


class Numbers:
    """Numbers as texts, so that what comes back has been packed and unpacked."""

    def pack(self, item):
        return str(item)

    def unpack(self, packed):
        return int(packed)


@contextmanager
def blocks_of(size, held=0):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", size)
        patch.setattr(module, "HELD", held)
        yield


PLACES = st.integers(-30, 30)


@given(st.lists(st.integers(), max_size=25), st.lists(st.integers(), max_size=8), st.integers(1, 6),
       st.integers(0, 12), PLACES, st.slices(20))  # fmt: skip
def test_a_spool_is_a_list(items, more, size, held, at, some):
    with blocks_of(size, held):
        spool = Spool(Numbers(), items)
        spool.extend(more)
    wanted = [*items, *more]
    assert spool == wanted
    assert wanted == spool
    assert (list(spool), len(spool), bool(spool)) == (wanted, len(wanted), bool(wanted))
    assert spool[some] == wanted[some]
    assert spool != [*wanted, 0]
    assert list(reversed(spool)) == wanted[::-1]
    assert pickle.loads(pickle.dumps(spool)) == wanted
    if -len(wanted) <= at < len(wanted):
        assert spool[at] == wanted[at]
    else:
        with pytest.raises(IndexError, match="no item"):
            spool[at]


@given(st.lists(st.integers(), max_size=25), st.lists(st.integers(), max_size=8), st.data())
def test_picked_and_chained_ones_are_lists_too(items, more, data):
    places = data.draw(st.lists(st.integers(0, len(items) - 1), max_size=9)) if items else []
    with blocks_of(4):
        spool = Spool(Numbers(), items)
    picked = Picked(spool, places)
    chained = Chained(spool, more, picked)
    assert picked == list(picked) == [items[at] for at in places]
    wanted = [*items, *more, *picked]
    assert chained == list(chained) == wanted
    assert [chained[at] for at in range(len(chained))] == wanted
    assert chained[::-2] == wanted[::-2]


def test_what_is_added_during_a_walk_is_walked_over():
    with blocks_of(4, 6):
        spool = Spool(Numbers(), range(5))
        seen = []
        for number in spool:
            seen.append(number)
            if len(spool) < 23:
                spool.append(len(spool))
    assert seen == list(range(23))


def test_a_short_list_needs_no_file(monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    item = object()
    assert Spool(Numbers(), [item] * 9_000)[8_999] is item


def test_its_file_has_no_name_and_goes_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(Numbers(), range(20_000))
    file = spool._file
    assert os.fstat(file.fileno()).st_size > 20_000
    if os.name == "posix":
        assert list(tmp_path.iterdir()) == []
    del spool
    gc.collect()
    assert file.closed
    assert list(tmp_path.iterdir()) == []


def test_its_file_goes_when_a_run_fails():
    files = []

    def run():
        spool = Spool(Numbers(), range(20_000))
        files.append(spool._file)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    gc.collect()
    assert files[0].closed


def test_a_full_disk_is_said_with_what_to_do(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(StoreError, match=r"No space left.*TMPDIR"):
        Spool(Numbers(), range(20_000))


def test_it_says_what_it_is():
    assert repr(Spool(Numbers(), range(5))) == "<5 items: 0, 1, 2, …>"
    assert repr(Spool(Numbers())) == "<0 items: >"
