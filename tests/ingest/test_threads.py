"""How many threads computation takes."""

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from likewise.ingest.threads import VARIABLE, limit_threads, thread_count


def test_threads_are_those_of_the_machine_or_of_the_environment(monkeypatch):
    monkeypatch.setenv(VARIABLE, "6")
    assert thread_count() == 6
    monkeypatch.setenv(VARIABLE, "many")
    assert 1 <= thread_count() <= os.cpu_count()
    monkeypatch.delenv(VARIABLE)
    assert 1 <= thread_count() <= os.cpu_count()


def test_a_limit_holds_for_what_is_loaded_already(monkeypatch):
    monkeypatch.setenv(VARIABLE, "2")
    with threadpool_limits():
        limit_threads(1)
        assert thread_count() == 1
        assert {library["num_threads"] for library in threadpool_info()} == {1}


@pytest.mark.parametrize(("said", "heard"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_sleep_while_they_wait_unless_the_environment_says_otherwise(said, heard):
    code = "import os, likewise.ingest.encoders, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", code], env=clean | said, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [heard, "False"]
