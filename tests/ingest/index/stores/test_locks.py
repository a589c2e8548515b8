import os
import subprocess
import sys

import pytest

from likewise.ingest.errors import StoreBusyError, StoreError
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.index.stores.locks import Lock

REFUSED = (
    "import os, sys; from pathlib import Path\n"
    "from likewise.ingest.errors import StoreError\n"
    "from likewise.ingest.index.stores.locks import Lock\n"
    "import filelock  # Before the right to read its files is given up.\n"
    "os.geteuid() or os.setuid(65534)\n"  # Root may open everything.
    "try: Lock(Path(sys.argv[1])).acquire()\n"
    "except StoreError as error: print(error)\n"
)

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


@pytest.mark.parametrize("broken", ["lock", "lock.pid"])
def test_a_lock_file_without_permission_is_an_error_with_its_path(tmp_path, broken):
    tmp_path.chmod(0o777)
    (tmp_path / broken).touch(0o000)
    found = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path / "lock")], capture_output=True, text=True, check=True
    )
    assert f"{tmp_path / 'lock'} cannot be locked: " in found.stdout
    assert "May this user write there?" in found.stdout


def test_a_store_whose_lock_is_a_folder_says_so(tmp_path, index):
    store = EmbeddedStore(tmp_path / "index", create=True)
    steps = {
        "run.lock": lambda: store.exclusive().__enter__(),
        "lock": lambda: store.begin(index.manifest, index.model),
        "publish.lock": lambda: store.publish("v000001"),
    }
    for name, step in steps.items():
        (store.folder / name).mkdir(parents=True)
        with pytest.raises(StoreError, match=f"{store.folder / name} cannot be locked"):
            step()


def test_nothing_imports_fcntl_by_itself():
    """Windows has none."""
    program = (
        "import ast, pathlib, likewise.ingest as package\n"
        "for path in pathlib.Path(package.__path__[0]).rglob('*.py'):\n"
        "    assert 'import fcntl' not in path.read_text(), path\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
