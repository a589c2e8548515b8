"""The metrics of a night, as Prometheus's textfile collector reads them."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from likewise.deploy.metrics import StageTimes
from likewise.ingest.progress import Silent


@pytest.fixture
def night(likewise, tmp_path, catalog):
    file = tmp_path / "likewise.prom"

    def night(*options, source=catalog):
        fixed = ("--store", tmp_path / "index", "--components", 8, "--clusters", 3, "--metrics", file)
        code = likewise("reindex", source, *fixed, *options)
        found = {}
        for family in text_string_to_metric_families(file.read_text()):
            for sample in family.samples:
                found[(sample.name.removeprefix("likewise_"), *sample.labels.values())] = sample.value
        return code, found

    return night


def outcome(found):
    return [key[1] for key, value in found.items() if key[0] == "run_outcome" and value == 1]


def test_a_night_says_what_it_did_and_how_long_each_stage_took(night):
    _, found = night()
    assert outcome(found) == ["fitted"]
    assert found[("run_exit_code",)] == 0
    assert found[("index_products",)] == 48
    assert found[("run_encoded_pictures",)] > 0
    stages = {key[1]: value for key, value in found.items() if key[0] == "run_stage_seconds"}
    assert {"read catalog", "encode", "fit pca", "place and write", "judge"} <= stages.keys()
    assert sum(stages.values()) <= found[("run_seconds",)] + 0.5
    assert abs(found[("run_end_timestamp_seconds",)] - time.time()) < 60
    _, found = night()
    assert outcome(found) == ["nothing"]
    assert found[("run_changes", "unchanged")] == 48


def test_a_night_that_fails_leaves_what_is_known_of_the_index(night, tmp_path):
    _, before = night()
    code, found = night(source=tmp_path / "nowhere")
    assert outcome(found) == ["failed"]
    assert found[("run_exit_code",)] == code.exception.exit_code == 3
    for name in ("index_products", "index_created_timestamp_seconds", "index_checked_timestamp_seconds"):
        assert found[(name,)] == before[(name,)]


def test_a_refused_night_says_so_and_the_index_is_yesterdays(night, catalog):
    _, before = night()
    table = catalog / "styles.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:20]) + "\n")
    code, found = night("--refit", "never")
    assert outcome(found) == ["refused"]
    assert found[("run_exit_code",)] == code.exception.exit_code == 10
    assert found[("index_products",)] == before[("index_products",)] == 48


def test_metrics_that_cannot_be_written_stop_the_run_before_it_starts(likewise, catalog, tmp_path):
    found = likewise("reindex", catalog, "--store", tmp_path / "index", "--metrics", tmp_path / "nowhere" / "file")
    assert "cannot be written" in str(found.exception)
    assert not (tmp_path / "index").exists()


def test_a_stage_that_fails_is_timed_too():
    times = StageTimes(Silent())

    def fail():
        with times.stage("encode", 3) as advance:
            advance(1)
            raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fail()
    assert list(times.seconds) == ["encode"]
