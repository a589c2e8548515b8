"""Searches beside those of others, among few products: that all find the same, not how fast."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.evaluation.benchmarks import search as measured
from likewise.evaluation.benchmarks import search_run, search_table, search_ways
from likewise.evaluation.benchmarks.million_data import make
from likewise.evaluation.benchmarks.search_rivals import widened
from likewise.evaluation.benchmarks.search_run import WAYS, Opened, answers, questions, recalls
from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import open_store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for the memory of a process")

QUICK = ("likewise", "likewise-all", "numpy")


@pytest.fixture
def few(monkeypatch):
    """Rounds of few queries; only what is asked waits in processes of its own."""
    monkeypatch.setattr(measured, "alone", lambda function, *given: function(*given))
    monkeypatch.setattr(measured, "ROUNDS", 2)
    monkeypatch.setattr(measured, "QUERIES", 5)


@pytest.fixture
def index(catalog, encoder, tmp_path):
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(catalog, tmp_path / "index", recipe=recipe, encoder=encoder)
    return tmp_path / "index"


@pytest.fixture
def made(index, tmp_path):
    with open_store(index).open() as reader:
        return make(reader, tmp_path / "made", 300)


@pytest.fixture(autouse=True)
def all_threads(monkeypatch):
    """Measurements take one thread, tests what they like."""
    monkeypatch.setattr(search_run, "limit_threads", lambda _: None)


@pytest.mark.parametrize("key", WAYS)
def test_every_way_finds_the_nearest_of_what_it_promises(key, index, made, tmp_path):
    way = replace(WAYS[key])
    if not search_ways.is_there(way):
        pytest.skip(f"{way.package} is not installed")
    way.build(index, made, tmp_path / "built")
    way.open(tmp_path / "built")
    asked = questions(made, 20, seed=0)
    found = answers(way, asked, 60)
    assert len(found.ms) == len(found.cpu_ms) == len(found.rows) == 20
    assert all(len(set(rows)) == 6 and each.row not in rows for each, rows in zip(asked, found.rows, strict=True))
    own, everywhere = recalls(made, asked, {key: found.rows})[key]
    # The filter may admit fewer than six of a cluster, and then it looks further.
    assert own == 1 or (way.promise.value and own > 0.9)
    assert everywhere <= own
    if way.promise == search_ways.EVERYWHERE:
        assert everywhere == 1
    for held in ("_client", "held"):
        if hasattr(getattr(way, held, None), "close"):
            getattr(way, held).close()


def test_what_is_missed_lowers_recall(made):
    asked = questions(made, 1, seed=0)
    scores = np.array(made.vectors[:300]) @ asked[0].vector
    order = [int(row) for row in np.argsort(-scores) if row != asked[0].row]
    for rows, expected in (
        (order[:6], 1),
        (order[:3], 1 / 2),
        ([*order[:5], order[40]], 5 / 6),
        (order[:1] * 6, 1 / 6),
    ):
        assert recalls(made, asked, {"numpy": [rows]})["numpy"] == pytest.approx((expected, expected))
    # Queries that a slow way was not asked do not count.
    assert recalls(made, asked * 2, {"numpy": [order[:6], None]})["numpy"] == (1, 1)


def test_the_studys_vectors_are_as_similar_as_ours(made):
    matrix = np.array(made.vectors[:50])
    wide = widened(matrix)
    assert wide.shape == (50, 2048)
    np.testing.assert_allclose(wide @ wide.T, matrix @ matrix.T, atol=1e-5)


def test_a_slow_way_is_stopped_after_one_query(index, made, tmp_path):
    way = replace(WAYS["numpy"])
    way.build(index, made, tmp_path / "built")
    asked = questions(made, 3, seed=0)
    with Opened("numpy", tmp_path / "built", asked) as opened:
        assert opened.memory_mib > 10
        assert len(opened.ask(asked, -1).rows) == 1
        assert len(opened.ask(asked, 60).rows) == 3


def test_the_command_writes_what_it_prints_and_measures_what_is_missing(few, index, tmp_path):
    def run(*options):
        arguments = ["bench", "search", str(index), "--out", str(tmp_path / "out"), *options]
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
        return result

    first = run("--sizes", "200", "--ways", "likewise,numpy")
    assert first.stdout == (tmp_path / "out" / "search.md").read_text()
    assert "| numpy |" in first.stdout
    assert "Growth" not in first.stdout
    before = measured.read(tmp_path / "out" / "search.json")
    assert [each.way for each in before] == ["likewise", "numpy"]
    assert before[0].ratio == 1
    assert all(0 < each.p50 <= each.p95 <= each.p99 and each.recall == 1 for each in before)
    assert all(each.queries == 10 and each.memory_mib > 10 and each.disk_mib > 0 for each in before)
    second = run("--sizes", "200,300", "--ways", ",".join(QUICK), "--json")
    found = json.loads(second.stdout)["found"]
    assert [(each["products"], each["way"]) for each in found] == [
        *((200, way) for way in ("likewise", "numpy", "likewise-all")),
        *((300, way) for way in QUICK),
    ]
    assert measured.Searched(**found[1]) == before[1]
    assert "Growth" in (tmp_path / "out" / "search.md").read_text()
    assert (tmp_path / "out" / "search.png").stat().st_size > 10_000
    assert not list((tmp_path / "out").glob("search-*"))


def test_what_is_not_installed_or_too_slow_is_left_out_with_a_line(few, index, tmp_path, monkeypatch):
    monkeypatch.setitem(WAYS, "hnswlib", replace(WAYS["hnswlib"], package="no_such_package"))
    monkeypatch.setitem(WAYS, "qdrant-local", replace(WAYS["qdrant-local"], most=100))
    said = []
    ways = ["numpy", "hnswlib", "qdrant-local"]
    found = measured.measure(index, tmp_path / "out", sizes=[200], ways=ways, say=said.append)
    assert [each.way for each in found] == ["numpy"]
    assert "pip install 'likewise[bench]'" in said[0]
    assert "left out at 200: above 100 it takes too long" in said[1]
    assert said[:2] == measured.left_out([200], ways)
    assert said[0] in search_table.markdown(found, "a machine", said[:2])


def test_an_unknown_way_lists_the_known_ones(index, tmp_path):
    with pytest.raises(ParameterError, match=r"'annoy'. Known: likewise, .*hnswlib"):
        measured.measure(index, tmp_path, ways=["annoy"])


def searched(way, products, p50, ratio=1.0):
    return measured.Searched(way, products, 10, p50, p50, p50, p50, p50, 1, 1, 1, ratio, 1, 1, 1, products / 100, 5)


def test_growth_is_fitted_and_the_figure_says_what_there_is_to_see():
    found = [searched("study", n, 1e-4 * n**1.5, ratio=n / 10) for n in (1000, 4000, 9000)]
    assert search_table.growth(found, "p50") == pytest.approx(1.5)
    assert search_table.growth(found, "disk_mib") == pytest.approx(1)
    found += [searched("likewise", 9000, 0.25)]
    assert search_table.finding(found) == (
        "Among 9,000 products a search by id takes 0.25 ms of the processor; the study's way takes 900 times as long"
    )
