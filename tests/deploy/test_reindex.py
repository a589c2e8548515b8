"""The scheduler's run: nothing, an update, a refit, or a refusal that leaves everything as it is."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest import Job, Recipe, RejectLimit, Rules, ingest
from likewise.ingest import run as run_job
from likewise.ingest.errors import ParameterError, StoreBusyError, StoreError

RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
LIMIT = RejectLimit.parse("50%")


@pytest.fixture
def run(any_store, catalog, encoder, tmp_path):
    def run(recipe=RECIPE, *, refit="drift", keep=3, **gate):
        rules = Rules(refit=refit, prune_missing=True, keep=keep, reject_limit=LIMIT)
        job = Job(catalog, any_store, recipe, rules, encoder, cache=tmp_path / "cache")
        return run_job(job, Gate(GateRules(**gate)))

    return run


@pytest.fixture
def indexed(any_store, catalog, encoder, tmp_path):
    ingest(catalog, any_store, recipe=RECIPE, encoder=encoder, cache=tmp_path / "cache")
    return any_store


def rewrite(catalog, change):
    with (catalog / "styles.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    rows = [row for row in (change(row) for row in rows) if row is not None]
    with (catalog / "styles.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def snapshot(store):
    with store.open() as reader:
        # Rounded: in-memory qdrant-client divides every vector by its length once more, which a server does not.
        records = {r.id: (r.payload, r.vector.round(5).tolist()) for r in reader.scroll(with_vector=True)}
        return records, reader.manifest.model_hash


def test_the_first_run_makes_the_index(run, any_store):
    outcome = run()
    assert (outcome.outcome, outcome.version, outcome.parent) == ("fitted", any_store.current(), None)
    assert outcome.verdict.passed


def test_nothing_to_do_is_done_by_doing_nothing(run, indexed):
    before = snapshot(indexed)
    outcome = run()
    assert (outcome.outcome, outcome.version, outcome.verdict) == ("nothing", indexed.current(), None)
    assert snapshot(indexed) == before


def test_a_small_change_is_an_update_with_the_same_model(run, indexed, catalog, make_catalog):
    model = snapshot(indexed)[1]
    make_catalog(catalog, 50)
    rewrite(catalog, lambda row: None if row[0] == "100" else row)
    outcome = run(refit="never")
    assert outcome.outcome == "updated"
    assert (outcome.changes["added"], outcome.changes["removed"], outcome.encoded) == (2, 1, 2)
    records, after = snapshot(indexed)
    assert after == model
    assert "100" not in records
    assert outcome.verdict.passed


def test_a_catalog_that_outgrew_its_model_is_refitted(run, indexed, catalog):
    model = snapshot(indexed)[1]
    rng = np.random.default_rng(0)
    for number in range(100, 130):
        noise = rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(catalog / "images" / f"{number}.png")
    assert run(refit="never", max_drop=100).outcome == "updated"
    for number in range(130, 140):
        noise = rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(catalog / "images" / f"{number}.png")
    outcome = run(refit="drift", max_drop=100)
    assert outcome.drift["refit"]
    assert outcome.outcome == "fitted"
    assert snapshot(indexed)[1] != model


def test_a_refit_can_be_forced_and_forbidden(run, indexed):
    first = indexed.current()
    outcome = run(refit="always")
    assert (outcome.outcome, outcome.parent) == ("fitted", first)
    assert indexed.current() == outcome.version != first
    other = Recipe(reducer_params={"n_components": 5}, clusterer_params={"n_clusters": 3})
    with pytest.raises(ParameterError, match="--refit never"):
        run(recipe=other, refit="never")
    assert indexed.current() == outcome.version


@pytest.mark.parametrize("drop", [12, 30])
def test_a_catalog_that_lost_its_products_is_refused_and_nothing_changes(run, indexed, catalog, drop):
    """Twelve of 48 and thirty: neither is seen."""
    before = snapshot(indexed)
    current = indexed.current()
    rewrite(catalog, lambda row: None if int(row[0]) < 100 + drop else row)
    outcome = run(max_removed=0.1, refit="never")
    assert outcome.outcome == "refused"
    assert "leave the index" in outcome.verdict.refusals[0]
    assert indexed.current() == outcome.version == current
    assert snapshot(indexed) == before


def test_what_was_refused_can_be_looked_at_and_published_by_hand(indexed, catalog, tmp_path, likewise, monkeypatch):
    rewrite(catalog, lambda row: None if int(row[0]) < 106 else row)
    monkeypatch.setattr("likewise.deploy.building.Building.open_store", lambda _: indexed)
    # The command closes what it opened; this one was opened here.
    monkeypatch.setattr(indexed, "close", lambda: None)
    options = ("--cache", tmp_path / "cache", "--max-removed", 10, "--refit", "never")
    found = likewise("reindex", catalog, "--store", "any", *options)
    current, refused = [version.name for version in indexed.versions()]
    assert indexed.current() == current
    assert f"{refused} refused; searches read {current}" in found.stdout
    assert "publish it with `likewise index publish`" in str(found.exception)
    indexed.publish(refused)
    with indexed.open() as reader:
        assert reader.count() == 42


def test_an_update_that_makes_it_worse_is_not_seen(run, indexed, catalog):
    before = snapshot(indexed)
    rewrite(catalog, lambda row: [row[0], row[0], *row[2:]] if int(row[0]) < 109 else row)
    outcome = run(refit="never", max_drop=0.1)
    assert outcome.outcome == "refused"
    assert outcome.verdict.refusals[0].startswith("precision")
    assert snapshot(indexed) == before


def test_yesterday_is_one_rollback_away(run, indexed, catalog):
    before, yesterday = snapshot(indexed), indexed.current()
    rewrite(catalog, lambda row: None if row[0] == "100" else row)
    assert run(refit="never").outcome == "updated"
    assert snapshot(indexed) != before
    assert indexed.rollback() == yesterday
    assert snapshot(indexed) == before
    assert run(refit="never").outcome == "updated"


@pytest.mark.parametrize("error", [StoreError("the server is away"), KeyboardInterrupt()])
def test_an_update_that_nobody_could_judge_is_not_seen(run, indexed, catalog, monkeypatch, error):
    before, current = snapshot(indexed), indexed.current()
    rewrite(catalog, lambda row: None if row[0] == "100" else row)

    def fail(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Gate, "verdict", fail)
        with pytest.raises(type(error)):
            run(refit="never")
    assert indexed.current() == current
    assert snapshot(indexed) == before
    assert run(refit="never").outcome == "updated"


@pytest.mark.parametrize(
    "where", ["likewise.evaluation.gate.Gate.verdict", "likewise.ingest.index.build.write_rejects"]
)
def test_a_run_killed_before_the_verdict_is_not_believed_by_the_next(run, indexed, catalog, monkeypatch, where):
    """What it left is worse: the next run judges it against what was there before, and refuses it."""
    before, current = snapshot(indexed), indexed.current()
    rewrite(catalog, lambda row: [row[0], row[0], *row[2:]] if int(row[0]) < 109 else row)

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, die)
        with pytest.raises(KeyboardInterrupt):
            run(refit="never", max_drop=0.1)
    for _ in range(2):
        outcome = run(refit="never", max_drop=0.1)
        assert (outcome.outcome, indexed.current()) == ("refused", current)
        assert snapshot(indexed) == before


def test_an_ingest_that_was_killed_is_completed_and_judged(
    run, indexed, catalog, encoder, tmp_path, killed_before_commit
):
    rewrite(catalog, lambda row: None if row[0] == "100" else row)

    with killed_before_commit():
        rules = Rules(prune_missing=True)
        ingest(catalog, indexed, recipe=RECIPE, encoder=encoder, rules=rules, cache=tmp_path / "cache")
    outcome = run(refit="never")
    assert outcome.outcome == "updated"
    assert outcome.verdict.passed
    assert run(refit="never").outcome == "nothing"


def test_old_versions_go_and_a_way_back_stays(run, indexed):
    for _ in range(4):
        run(refit="always", keep=2)
    names = [found.name for found in indexed.versions()]
    assert len(names) == 2
    previous = names[0]
    assert indexed.rollback() == previous


def test_refused_versions_never_push_out_what_was_published(run, indexed, catalog):
    good = [indexed.current(), run(refit="always").version]
    rewrite(catalog, lambda row: None if int(row[0]) < 130 else row)
    for _ in range(4):
        assert run(refit="always", keep=2).outcome == "refused"
    assert set(good) <= {found.name for found in indexed.versions()}
    assert len(indexed.versions()) == 3


def test_one_run_at_a_time(run, indexed):
    with indexed.exclusive(), pytest.raises(StoreBusyError):
        run()
    assert run().outcome == "nothing"


def test_the_command_logs_one_json_line_a_run_also_when_it_fails(likewise, catalog, tmp_path):
    store, log = tmp_path / "index", tmp_path / "runs.jsonl"
    options = ("--store", store, "--log", log, "--components", 8, "--clusters", 3, "--json")
    first = likewise("reindex", catalog, *options)
    assert json.loads(first.stdout)["outcome"] == "fitted"
    assert likewise("reindex", catalog, *options[:4]).exit_code == 0
    failed = likewise("reindex", tmp_path / "nowhere", *options)
    assert failed.exit_code != 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["outcome"] for line in lines] == ["fitted", "nothing", "failed"]
    assert "nowhere" in lines[2]["error"]
    assert lines[1]["version"] == "v000001"


def test_a_log_that_cannot_be_written_stops_the_run_before_it_starts(likewise, catalog, tmp_path):
    found = likewise("reindex", catalog, "--store", tmp_path / "index", "--log", tmp_path / "nowhere" / "log")
    assert "cannot be written" in str(found.exception)
    assert not (tmp_path / "index").exists()


def test_export_and_restore_by_command(likewise, catalog, tmp_path):
    store, other, file = tmp_path / "index", tmp_path / "other", tmp_path / "shop.likewise"
    likewise("ingest", catalog, "--store", store, "--components", 8, "--clusters", 3)
    assert "48 products" in likewise("index", "export", "--store", store, file).stdout
    assert "v000001 published" in likewise("index", "restore", "--store", other, file).stdout
    hits = json.loads(likewise("search", "--store", other, "--id", "100", "--json").stdout)
    assert hits == json.loads(likewise("search", "--store", store, "--id", "100", "--json").stdout)
