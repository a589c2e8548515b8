import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.ingest.errors import StoreError
from likewise.ingest.features.cache import FeatureCache

DIM = 5
HEADER = 128


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def vector(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=(1, DIM)).astype(np.float32)


def filled(folder: Path, count: int) -> FeatureCache:
    cache = FeatureCache(folder, "print", DIM)
    for number in range(count):
        cache.append([key(number)], vector(number))
    return cache


def test_what_was_appended_is_found_by_a_new_process(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    cache = FeatureCache(tmp_path, "print", DIM)
    rows = cache.lookup([key(2), key(9), key(0)])
    assert rows.tolist() == [2, -1, 0]
    np.testing.assert_array_equal(cache.vectors(rows[[0, 2]]), np.vstack([vector(2), vector(0)]))


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 4 * (36 + 4 * DIM) + HEADER))
def test_a_file_cut_at_any_byte_keeps_all_whole_records(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cache")
    path = filled(folder, 4).path
    os.truncate(path, cut)
    whole = max(0, cut - HEADER) // (36 + 4 * DIM)
    cache = FeatureCache(folder, "print", DIM)
    assert cache.lookup([key(number) for number in range(4)]).tolist() == [
        number if number < whole else -1 for number in range(4)
    ]
    cache.append([key(7)], vector(7))
    again = FeatureCache(folder, "print", DIM)
    np.testing.assert_array_equal(again.vectors(again.lookup([key(7)])), vector(7))


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 36 + 4 * DIM - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_makes_its_record_absent_and_no_other(
    at: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    path = filled(folder, 3).path
    data = bytearray(path.read_bytes())
    data[HEADER + (36 + 4 * DIM) + at] ^= 1 << bit
    path.write_bytes(data)
    assert FeatureCache(folder, "print", DIM).lookup([key(0), key(1), key(2)]).tolist() == [0, -1, 2]


def test_two_caches_on_one_file_do_not_lose_each_others_records(tmp_path: Path) -> None:
    first, second = FeatureCache(tmp_path, "print", DIM), FeatureCache(tmp_path, "print", DIM)
    first.append([key(1)], vector(1))
    second.append([key(2)], vector(2))
    first.append([key(3)], vector(3))
    cache = FeatureCache(tmp_path, "print", DIM)
    rows = cache.lookup([key(1), key(2), key(3)])
    np.testing.assert_array_equal(cache.vectors(rows), np.vstack([vector(1), vector(2), vector(3)]))


def test_another_encoders_file_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, 1).path.rename(tmp_path / "other.vectors")
    with pytest.raises(StoreError, match=r"other\.vectors is not an embedding cache of this encoder"):
        FeatureCache(tmp_path, "other", DIM)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file/cache"):
        FeatureCache(tmp_path / "file" / "cache", "print", DIM)


def test_kill_9_while_appending_loses_at_most_the_record_in_flight(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib, numpy as np; from pathlib import Path\n"
        "from likewise.ingest.features.cache import FeatureCache\n"
        f"cache = FeatureCache(Path({str(tmp_path)!r}), 'print', {DIM})\n"
        "for number in range(100000):\n"
        "    v = np.random.default_rng(number).normal(size=(1, 5)).astype(np.float32)\n"
        "    cache.append([hashlib.sha256(str(number).encode()).digest()], v)\n"
        "    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.15)
    os.kill(process.pid, signal.SIGKILL)
    promised = [int(line) for line in process.stdout.read().split() if line.strip()]
    process.stdout.close()
    process.wait()
    cache = FeatureCache(tmp_path, "print", DIM)
    last = max(promised, default=0)
    rows = cache.lookup([key(number) for number in range(last + 1)])
    assert (rows >= 0).all()
    np.testing.assert_array_equal(cache.vectors(rows[-1:]), vector(last))
    assert len(cache) <= last + 2
