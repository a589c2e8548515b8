"""Durable writes and locks on a local file system."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import StoreBusyError, StoreError


def write_durably(path: Path, content: bytes) -> None:
    """Replace `path` atomically: readers see the old content or the new one, also after a power cut."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file below `folder` durable."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    sync_folder(folder)


class Lock:
    """An exclusive lock that dies with its process: the kernel releases it, however the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            StoreBusyError: another process (or another writer of this one) holds it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StoreBusyError(
                f"Another process (pid {holder or 'unknown'}) is writing to {self._path.parent}. "
                "Wait for it to end, then run the same command again."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """The lock for the length of a block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder; holes in files stay holes.

    Qdrant Edge reserves far more than it uses: a plain copy of 6 MB of products takes 130 MB and as long to write.
    """
    shutil.copytree(source, target, copy_function=_copy_file)


def _copy_file(source: str, target: str) -> str:
    with open(source, "rb", buffering=0) as old, open(target, "wb", buffering=0) as new:  # noqa: PTH123 - shutil's
        size = os.fstat(old.fileno()).st_size
        at = 0
        while at < size:
            start, at = _extent(old.fileno(), at, size)
            old.seek(start)
            new.seek(start)
            while start < at:
                chunk = old.read(min(2**20, at - start))
                if not chunk:
                    raise OSError(errno.EIO, "the file shrank while it was copied", source)
                start += new.write(chunk)
        new.truncate(size)
    return target


def _extent(descriptor: int, position: int, size: int) -> tuple[int, int]:
    """Start and end of the next run of data at or behind `position`."""
    try:
        start = os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return size, size
        return position, size
    return start, os.lseek(descriptor, start, os.SEEK_HOLE)
