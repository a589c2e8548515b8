import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import StoreError
from likewise.ingest.features import FeatureCache, Leading

DIM = 5
HEADER = 128


SPEC = EncoderSpec("any", "fp32", "print", (DIM,))


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def vector(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=(1, DIM)).astype(np.float32)


def filled(folder: Path, count: int) -> FeatureCache:
    cache = FeatureCache(folder, SPEC)
    for number in range(count):
        cache.append([key(number)], vector(number))
    return cache


def test_what_was_appended_is_found_by_a_new_process(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    cache = FeatureCache(tmp_path, SPEC)
    assert cache.has([key(2), key(9), key(0)]).tolist() == [True, False, True]
    features = cache.get([key(2), key(0), key(2)])
    np.testing.assert_array_equal(features, np.vstack([vector(2), vector(0), vector(2)]))
    assert (features.dtype, features.flags.writeable) == (np.float32, True)


def test_nothing_asked_for_is_nothing(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, SPEC)
    assert cache.get([]).shape == (0, DIM)
    assert cache.has([]).shape == (0,)


def test_features_that_are_missing_are_named(tmp_path: Path) -> None:
    cache = filled(tmp_path, 1)
    with pytest.raises(StoreError, match=rf"2 pictures are not in .*, such as {key(8)}\. Run the same command again"):
        cache.get([key(0), key(8), key(9)])


def test_the_features_that_come_first_in_a_joined_encoders(tmp_path: Path) -> None:
    leading = Leading(filled(tmp_path, 2), 3)
    np.testing.assert_array_equal(leading.get([key(1), key(0)]), np.vstack([vector(1), vector(0)])[:, :3])
    assert leading.has([key(1), key(5)]).tolist() == [True, False]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 4 * (36 + 4 * DIM) + HEADER))
def test_a_file_cut_at_any_byte_keeps_all_whole_records(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cache")
    path = filled(folder, 4).path
    os.truncate(path, cut)
    whole = max(0, cut - HEADER) // (36 + 4 * DIM)
    cache = FeatureCache(folder, SPEC)
    assert cache.has([key(number) for number in range(4)]).tolist() == [number < whole for number in range(4)]
    cache.append([key(7)], vector(7))
    np.testing.assert_array_equal(FeatureCache(folder, SPEC).get([key(7)]), vector(7))


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
    assert FeatureCache(folder, SPEC).has([key(0), key(1), key(2)]).tolist() == [True, False, True]


def test_two_caches_on_one_file_do_not_lose_each_others_records(tmp_path: Path) -> None:
    first, second = FeatureCache(tmp_path, SPEC), FeatureCache(tmp_path, SPEC)
    first.append([key(1)], vector(1))
    second.append([key(2)], vector(2))
    first.append([key(3)], vector(3))
    cache = FeatureCache(tmp_path, SPEC)
    features = cache.get([key(1), key(2), key(3)])
    np.testing.assert_array_equal(features, np.vstack([vector(1), vector(2), vector(3)]))


def test_another_encoders_file_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, 1).path.rename(tmp_path / "other.vectors")
    with pytest.raises(StoreError, match=r"other\.vectors is not an embedding cache of this encoder"):
        FeatureCache(tmp_path, EncoderSpec("any", "fp32", "other", (DIM,)))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file/cache"):
        FeatureCache(tmp_path / "file" / "cache", SPEC)


def test_kill_9_while_appending_loses_at_most_the_record_in_flight(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib, numpy as np; from pathlib import Path\n"
        "from likewise.ingest.encoders import EncoderSpec; from likewise.ingest.features import FeatureCache\n"
        f"cache = FeatureCache(Path({str(tmp_path)!r}), EncoderSpec('any', 'fp32', 'print', ({DIM},)))\n"
        "for number in range(100000):\n"
        "    v = np.random.default_rng(number).normal(size=(1, 5)).astype(np.float32)\n"
        "    cache.append([hashlib.sha256(str(number).encode()).hexdigest()], v)\n"
        "    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    # Killed in the middle of its work, whenever that is.
    promised = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    promised += [int(line) for line in process.stdout.read().split() if line.strip()]
    process.stdout.close()
    process.wait()
    cache = FeatureCache(tmp_path, SPEC)
    last = max(promised)
    assert cache.has([key(number) for number in range(last + 1)]).all()
    np.testing.assert_array_equal(cache.get([key(last)]), vector(last))
    assert len(cache) <= last + 2


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "print.lock").mkdir()
    with pytest.raises(StoreError, match=r"print\.lock cannot be opened: Is a directory"):
        FeatureCache(tmp_path, SPEC)

    def unsupported(*_: object, **__: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    cache = FeatureCache(tmp_path / "other", SPEC)
    monkeypatch.setattr("likewise.ingest.features.cache.FileLock.acquire", unsupported)
    with pytest.raises(StoreError, match=r"print\.vectors cannot be written: FileSystem does not"):
        cache.append([key(1)], vector(1))
