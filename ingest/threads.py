"""How many threads computation may take."""

from __future__ import annotations

import os

VARIABLE = "OMP_NUM_THREADS"
"""Heard by torch, OpenVINO and BLAS, too."""


def thread_count() -> int:
    """Threads that computation may take here: what the environment says, else the processors of this process."""
    said = os.environ.get(VARIABLE, "")
    if said.isdigit() and int(said):
        return int(said)
    # Not of os, which does not know the share of the processors that a container has.
    from joblib import cpu_count

    return int(cpu_count())


def limit_threads(count: int) -> None:
    """Let computation take so many threads, in this process and its children."""
    from threadpoolctl import threadpool_limits

    os.environ[VARIABLE] = str(count)
    # What is loaded already does not look at the environment again.
    threadpool_limits(count)


def wait_passively() -> None:
    """Let threads of OpenMP that wait for each other sleep, unless the environment says otherwise.

    It heeds libraries that are loaded afterwards. By default they spin, and beside any other work on the processors
    everyone spins for the one that has to wait its turn: a network then takes three to five times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
