"""Runs that are stopped, by their own clock or by a signal: nothing is lost, and they say so."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from likewise.deploy.deadline import Deadline
from likewise.ingest.errors import TimeUpError
from likewise.ingest.progress import Silent


@pytest.fixture
def slow(monkeypatch, make_encoder):
    """An encoder of half a second a batch."""
    encoder = make_encoder()
    encode = encoder.encode

    def slowly(pixels):
        time.sleep(0.4)
        return encode(pixels)

    monkeypatch.setattr(encoder, "encode", slowly)
    monkeypatch.setattr("likewise.deploy.cli.reindex.progress", Silent)
    return encoder


def test_a_run_stops_keeps_what_was_encoded_and_goes_on(likewise, slow, monkeypatch, catalog, tmp_path):
    for name in ("new_encoder", "open_encoder"):
        monkeypatch.setattr(f"likewise.ingest.stages.{name}", lambda *_, **__: slow)
    log, metrics = tmp_path / "runs.jsonl", tmp_path / "night.prom"
    files = ("--log", log, "--metrics", metrics, "--batch-size", 8)
    run = (
        "reindex",
        catalog,
        "--store",
        tmp_path / "index",
        "--components",
        8,
        "--clusters",
        3,
        "--batch-size",
        8,
        *files,
    )
    stopped = likewise(*run, "--max-time", 1)
    assert isinstance(stopped.exception, TimeUpError)
    assert stopped.exception.exit_code == 11
    assert "at: encode" in str(stopped.exception)
    line = json.loads(log.read_text())
    assert line["outcome"] == "stopped"
    assert 1 <= line["seconds"] < 4
    families = text_string_to_metric_families(metrics.read_text())
    found = {tuple(each.labels.values()): each.value for f in families for each in f.samples if "outcome" in each.name}
    assert found[("stopped",)] == 1
    assert not list((tmp_path / "index" / "versions").iterdir())
    assert 0 < slow.seen < 48
    done = likewise(*run, "--max-time", 60)
    assert done.exit_code == 0, done.output
    assert slow.seen == 48
    assert "published" in done.output


def test_a_stage_that_reports_nothing_is_stopped_too():
    begun = time.monotonic()

    def fit():
        with Deadline(Silent(), 0.2) as deadline, deadline.stage("fit"):
            while time.monotonic() < begun + 20:
                np.linalg.svd(np.ones((50, 50)))

    with pytest.raises(TimeUpError, match="at: fit"):
        fit()
    assert time.monotonic() - begun < 5


def test_a_judge_is_let_through_and_what_follows_is_not_interrupted():
    with Deadline(Silent(), 0.1) as deadline:
        with deadline.stage("judge"):
            time.sleep(0.3)
        time.sleep(0.01)
        with pytest.raises(TimeUpError), deadline.stage("encode"):
            pytest.fail("begins")


def test_without_alarms_a_stage_ends_at_its_next_report(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    with Deadline(Silent(), 0.1) as deadline, deadline.stage("encode", 2) as advance:
        advance(1)
        time.sleep(0.3)
        with pytest.raises(TimeUpError):
            advance(1)


def test_the_alarm_of_the_caller_is_given_back():
    before = signal.getsignal(signal.SIGALRM)
    with Deadline(Silent(), 60):
        assert signal.getsignal(signal.SIGALRM) != before
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


SLOW_RUN = """
import signal, sys, time
# A test run in the background has been told to ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from tests.conftest import FakeEncoder
import likewise.ingest.stages as stages
from likewise.deploy.cli import main

class Slow(FakeEncoder):
    def encode(self, pixels):
        print("encoding", flush=True)
        time.sleep(0.3)
        return super().encode(pixels)

stages.new_encoder = stages.open_encoder = lambda *_, **__: Slow()
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_cleanly(pytestconfig, catalog, tmp_path, number, code):
    program = SLOW_RUN.format(tests=str(pytestconfig.rootpath))
    arguments = ["reindex", catalog, "--store", tmp_path / "index", "--components", 8, "--clusters", 3]
    files = ["--log", tmp_path / "runs.jsonl", "--cache", tmp_path / "features", "--batch-size", 8]
    command = [sys.executable, "-c", program, *map(str, [*arguments, *files])]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    for _ in range(3):
        assert "encoding" in run.stdout.readline()
    run.send_signal(number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "runs.jsonl").read_text())["outcome"] == "failed"
    # The lock is free, what was encoded is there, and the same command ends.
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert 0 < done.stdout.count("encoding") <= 4
