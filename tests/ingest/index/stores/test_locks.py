import os
import subprocess
import sys

import pytest

from likewise.ingest.errors import StoreBusyError, StoreError
from likewise.ingest.index.stores.locks import Lock

HOLD = (
    "import sys, time; from pathlib import Path\n"
    "from likewise.ingest.index.stores.locks import Lock\n"
    "lock = Lock(Path(sys.argv[1])); lock.acquire(); print('held', flush=True); time.sleep(60)\n"
)


def test_a_second_writer_of_the_same_process_is_refused(tmp_path):
    lock = Lock(tmp_path / "lock")
    with lock.held():
        for other in (lock, Lock(tmp_path / "lock")):
            with pytest.raises(StoreBusyError, match=f"pid {os.getpid()}"):
                other.acquire()
        Lock(tmp_path / "lock").release()
        with pytest.raises(StoreBusyError):
            Lock(tmp_path / "lock").acquire()
    with Lock(tmp_path / "lock").held():
        pass


def test_another_process_is_named_and_its_death_frees_the_lock(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(StoreBusyError, match=f"pid {process.pid}"):
        Lock(tmp_path / "lock").acquire()
    process.kill()
    process.stdout.close()
    process.wait()
    with Lock(tmp_path / "lock").held():
        pass


@pytest.mark.parametrize("broken", ["in a file", "a folder"])
def test_a_lock_file_that_cannot_be_opened_is_an_error_of_ours(tmp_path, broken):
    path = tmp_path / "lock"
    path.mkdir() if broken == "a folder" else path.touch()
    path = path if broken == "a folder" else path / "lock"
    with pytest.raises(StoreError, match="cannot be locked"):
        Lock(path).acquire()


def test_nothing_imports_fcntl_by_itself():
    """Windows has none."""
    program = (
        "import ast, pathlib, likewise.ingest as package\n"
        "for path in pathlib.Path(package.__path__[0]).rglob('*.py'):\n"
        "    assert 'import fcntl' not in path.read_text(), path\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
