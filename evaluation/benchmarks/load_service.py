"""A service in processes of its own, and what they take."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from likewise.ingest.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers.

    Attributes:
        address: such as `http://127.0.0.1:8000`.
        pid: of the process that watches over the others.
    """

    address: str
    pid: int

    def resident_mib(self) -> float:
        """Memory of all of its processes that is their own, in MiB; shared pages of files are not counted."""
        return sum(_own_mib(pid) for pid in [self.pid, *_children(self.pid)])


@contextmanager
def serving(index: str | Path, *options: str) -> Iterator[Service]:
    """`likewise serve` of an index on a free port, for the length of the block.

    Raises:
        ParameterError: it does not start; the text has its last words.
    """
    command = [str(Path(sys.executable).with_name("likewise")), "serve", "--store", str(index), "--port", "0", *options]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "http://" not in line:
                process.wait(60)
                log.seek(0)
                raise ParameterError(f"The service does not start: {log.read()[-500:].strip()}")
            yield Service(line.split()[-1], process.pid)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _children(pid: int) -> Sequence[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def _own_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024
