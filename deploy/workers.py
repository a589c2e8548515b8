"""Several processes that answer on one address, and the one that watches over them.

What they share: the folder of their numbers, and the features of recent pictures. A process that dies is replaced by
one that takes the connections which wait for it. A signal ends them all, once their requests in flight are answered.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory

from likewise.ingest.threads import VARIABLE, thread_count

from .json_logs import log_to_stderr
from .serving import GRACE, Serving

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""As the library of the metrics has it; it looks at it when it is imported."""

_YOUNG = 5.0
"""Seconds that a process has to live; one that dies younger is not replaced at once."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    said: Connection
    born: float


class Workers:
    """Processes that serve.

    Args:
        serving: what.
        count: how many.
        requests: whether they log every request.
    """

    def __init__(self, serving: Serving, count: int, *, requests: bool) -> None:
        self._serving = serving
        self._count = count
        self._requests = requests
        self._end = threading.Event()
        # A fresh interpreter each: threads of a store do not survive a fork.
        self._context = multiprocessing.get_context("spawn")

    def run(self, sockets: Sequence[socket.socket], started: Callable[[], object]) -> None:
        """Serve until a signal ends it.

        Args:
            sockets: that listen, one a process.
            started: called once all processes answer.
        """
        with ExitStack() as held:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="likewise-metrics-"))
            memory = SharedMemory(create=True, size=self._serving.settings.remembered)
            held.callback(memory.unlink)
            held.callback(memory.close)
            os.environ[METRICS_FOLDER] = folder
            os.environ[VARIABLE] = str(max(1, thread_count() // self._count))
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._end.set())
            workers = [self._start(each, memory.name) for each in sockets]
            try:
                if all(self._has_started(each) for each in workers):
                    started()
                    self._watch(workers, sockets, memory.name, folder)
                elif not self._end.is_set():
                    raise SystemExit(next((each.process.exitcode for each in workers if each.process.exitcode), 1))
            finally:
                self._stop(workers, sockets)

    def _start(self, listening: socket.socket, memory: str) -> _Worker:
        said, say = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(self._serving, listening, memory, say, self._requests), name="likewise-worker"
        )
        process.start()
        say.close()
        return _Worker(process, said, time.monotonic())

    def _has_started(self, worker: _Worker) -> bool:
        while not self._end.is_set():
            if worker.said.poll(0.1):
                return _heard(worker.said)
        return False

    def _watch(self, workers: list[_Worker], sockets: Sequence[socket.socket], memory: str, folder: str) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        while not self._end.is_set():
            wait([each.process.sentinel for each in workers], timeout=0.2)
            for at, worker in enumerate(workers):
                if worker.process.is_alive() or self._end.is_set():
                    continue
                mark_process_dead(worker.process.pid, folder)  # type: ignore[no-untyped-call]
                worker.said.close()
                self._end.wait(max(0.0, _YOUNG - (time.monotonic() - worker.born)))
                if not self._end.is_set():
                    workers[at] = self._start(sockets[at], memory)

    def _stop(self, workers: list[_Worker], sockets: Sequence[socket.socket]) -> None:
        for listening in sockets:
            # What would wait there would wait in vain.
            listening.close()
        for each in workers:
            if each.process.is_alive() and each.process.pid is not None:
                os.kill(each.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE + 5
        for each in workers:
            each.process.join(max(0.1, deadline - time.monotonic()))
            if each.process.is_alive():
                each.process.kill()
                each.process.join()


def _heard(said: Connection) -> bool:
    try:
        return bool(said.recv())
    except EOFError:
        return False


def _work(serving: Serving, listening: socket.socket, memory: str, say: Connection, requests: bool) -> None:
    """The life of one process."""
    from likewise.ingest.errors import LikewiseError

    # The one that watches ends it, also where a terminal sends its signal to all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    log_to_stderr(requests=requests)
    threading.Thread(target=_end_with, args=(say,), daemon=True).start()
    shared = SharedMemory(memory)
    try:
        serving.run(listening, lambda: say.send(True), shared.buf)
    except LikewiseError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)


def _end_with(parent: Connection) -> None:
    """End when the one that watches is gone, however it went."""
    try:
        parent.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
