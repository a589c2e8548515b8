"""A large index, small: so that it says nothing of costs, but all of its parts run."""

import dataclasses
import os
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.evaluation.benchmarks import million_data
from likewise.evaluation.benchmarks.alone import alone
from likewise.evaluation.benchmarks.kept import machine_of
from likewise.evaluation.benchmarks.machine import describe_machine
from likewise.evaluation.benchmarks.million import measure, read
from likewise.evaluation.benchmarks.million_data import UPDATE, VALUES, Made, make
from likewise.evaluation.benchmarks.million_report import markdown
from likewise.evaluation.benchmarks.million_search import KINDS
from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import open_store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for anonymous memory")


@pytest.fixture
def index(catalog, encoder, tmp_path):
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    return tmp_path / "index"


def test_made_products_are_like_real_ones(index, tmp_path):
    with open_store(index).open() as reader:
        made = make(reader, tmp_path / "made", 600)
        real = {record.id: record for record in reader.scroll(with_vector=True)}
    vectors = np.stack([record.vector for record in real.values()])
    points = made.points(0, 600)
    np.testing.assert_allclose(np.linalg.norm([point.vector for point in points], axis=1), 1, atol=1e-5)
    assert np.median([(vectors @ point.vector).max() for point in points]) > 0.6
    assert len({point.key for point in points}) == 600
    names = {key for record in real.values() for key in record.payload}
    assert {key for point in points for key in point.payload} == names
    assert len({point.payload[made.column] for point in points}) == VALUES
    assert made.sizes() == {
        name: sum(point.payload["cluster"] == name for point in points) for name in made.sizes()
    }  # fmt: skip


def test_an_update_replaces_adds_and_removes(index, tmp_path):
    with open_store(index).open() as reader:
        made = make(reader, tmp_path / "made", 600)
    after = dataclasses.replace(made, updated=True)
    new = 600 // UPDATE
    written = after.points(600, 600 + new)
    before = {made.name(at) for at in range(600)}
    replaced = [point.key for point in written if point.key in before]
    assert len(replaced) == new * 4 // 5
    assert len(after.vanished) == new - len(replaced)
    assert before >= set(after.vanished)
    names = [after.name(at) for at in np.flatnonzero(after.there)]
    assert sorted(names) == sorted((before - set(after.vanished)) | {point.key for point in written})
    assert sum(after.sizes().values()) == 600


def test_an_index_of_too_few_products_is_no_model(index, tmp_path, monkeypatch):
    monkeypatch.setattr(million_data, "NEIGHBOURS", 1000)
    with open_store(index).open() as reader, pytest.raises(ParameterError, match="of single pictures"):
        make(reader, tmp_path / "made", 600)


def test_every_size_is_measured_once(index, tmp_path):
    said = []
    found = measure(index, tmp_path / "out", sizes=[300, 200], say=said.append)
    assert [each.products for each in found] == [200, 300]
    for each in found:
        assert [times.kind for times in each.searched.times] == [kind.name for kind in KINDS]
        # So few are compared one by one: nothing is missed, before the update and after it.
        assert all(times.recall == 1 for times in (*each.searched.times, *each.again.times))
        assert all(0 < times.p50 <= times.p95 <= times.p99 for times in each.searched.times)
        assert each.built.cpu_s > 0
        assert each.built.peak_mib > 20
        assert each.updated.products == each.products // UPDATE
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["million.json"]
    assert read(tmp_path / "out" / "million.json") == [found[1], found[0]]
    count = len(said)
    assert measure(index, tmp_path / "out", sizes=[300], say=said.append) == found
    assert len(said) == count
    machine = machine_of(tmp_path / "out" / "million.json")
    assert machine == describe_machine()
    lines = markdown(found, machine).splitlines()
    assert lines[0] == machine
    assert "|  | 200 | 300 | growth |" in lines


def test_the_command_writes_a_table_and_a_figure(index, tmp_path):
    out = tmp_path / "out"
    asked = ["bench", "million", str(index), "--no-earlier", "--out", str(out), "--sizes"]
    done = CliRunner().invoke(cli, [*asked, "200"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {"million.json", "million.md", "million.png"}
    assert (out / "million.md").read_text() in done.output
    wrong = CliRunner().invoke(cli, [*asked, "many"])
    assert wrong.exit_code != 0


def test_a_measurement_that_ends_its_process_is_named():
    with pytest.raises(ParameterError, match="_exit ended its process"):
        alone(os._exit, 3)


def test_a_made_product_is_read_in_another_process(index, tmp_path):
    with open_store(index).open() as reader:
        made = make(reader, tmp_path / "made", 300)
    assert alone(Made.points, Made(made.folder), 5, 6)[0].key == made.points(5, 6)[0].key
