import json
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.ingest.features.batches import AHEAD


def trials_of(name, catalog, folder, count, seed):
    """What a driver prints, run in a process of its own: one object a trial."""
    driver = Path(__file__).with_name(name)
    done = subprocess.run(
        [sys.executable, driver, catalog, folder, str(count), str(seed)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_fifty_kills_leave_the_index_of_an_uninterrupted_run(tmp_path, make_catalog):
    """kill -9 at a random moment, then the same command: equal ids, payloads and top 6; two batches redone."""
    # Of a hundred products the map would be untangled, which takes three times as long as all the rest.
    catalog = make_catalog(tmp_path / "catalog", 96)
    *trials, last = trials_of("kill_ingest.py", catalog, tmp_path, 50, 11)
    assert len(trials) == 50
    for trial in trials:
        assert trial["failure"] is None, trial
        assert trial["equal"], trial
        assert trial["redone"] <= AHEAD * last["batch"], trial
        assert trial["visible"] in (None, last["expected"]), "an uncommitted version was visible"
    # The kills must have met the run on its way, not before or after it.
    assert sum(trial["visible"] is None for trial in trials) >= 25
    assert sum(trial["redone"] > 0 or trial["visible"] is None for trial in trials) >= 25


@pytest.mark.slow
def test_a_hundred_kills_in_an_indexs_life(tmp_path, make_catalog):
    """kill -9 in ingest, update, refit, publish, prune, export and restore: searches go on, a re-run converges."""
    catalog = make_catalog(tmp_path / "catalog", 60)
    trials = trials_of("kill_life.py", catalog, tmp_path, 105, 5)
    assert len(trials) == 105
    for trial in trials:
        assert trial["visible"], trial
        assert not trial["torn"], trial
        assert trial["failure"] is None, trial
        assert trial["equal"], trial
        assert trial["leftovers"] == [], trial
    # The kills must have met the steps on their way.
    for step in {trial["step"] for trial in trials}:
        assert sum(trial["killed"] for trial in trials if trial["step"] == step) >= 5, step


@pytest.mark.slow
def test_kills_of_who_works_on_a_server(tmp_path, make_catalog):
    """kill -9 of the client in every step: searches go on, no product is lost, a re-run converges, nothing leaks."""
    catalog = make_catalog(tmp_path / "catalog", 48)
    trials = trials_of("kill_server.py", catalog, tmp_path, 32, 7)
    assert len(trials) == 32
    for trial in trials:
        assert trial["visible"], trial
        assert trial["failure"] is None, trial
        assert trial["equal"], trial
        assert trial["leftovers"] == [], trial
    # The kills must have met the steps on their way.
    assert sum(trial["killed"] for trial in trials) >= 20
