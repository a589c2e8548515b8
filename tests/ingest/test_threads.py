"""How many threads computation takes."""

import os

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
