"""Indexes of one catalog in several precisions, compared on the same queries."""

import json

import pytest
from click.testing import CliRunner
from tiny_encoder import name_it

from likewise.deploy.cli import cli
from likewise.evaluation.benchmarks.precisions import markdown, measure
from likewise.ingest import Recipe, ingest

PLAIN = {"reducer_params": {"n_components": 6}, "clusterer_params": {"n_clusters": 3}}
LEARNED = {
    "reducer": "attributes",
    "reducer_params": {"n_components": 6, "members": 1, "hidden": 16, "blocks": [8, 3]},
    "clusterer_params": {"n_clusters": 3},
}


@pytest.fixture(scope="module")
def indexes(tmp_path_factory, make_catalog):
    """Both precisions of a plain and of a learned index."""
    folder = tmp_path_factory.mktemp("precisions")
    catalog = make_catalog(folder / "catalog", 200)
    with pytest.MonkeyPatch.context() as patch:
        name_it(patch)
        for kind, options in (("plain", PLAIN), ("learned", LEARNED)):
            for precision in ("fp32", "int8"):
                recipe = Recipe(encoder="tiny", precision=precision, **options)
                ingest(catalog, folder / f"{kind}-{precision}", recipe=recipe, cache=folder / "cache")
        yield folder


def test_an_index_in_int8_beside_the_one_in_fp32(indexes):
    (found,) = measure(indexes / "plain-fp32", [indexes / "plain-int8"])
    assert (found.index, found.reference, found.asked) == ("tiny int8, pca", "tiny fp32, pca", "id")
    assert found.queries == 200
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(found.precision - found.base, abs=0.2)
    assert 0.98 < found.cosine <= 1
    assert f"| {found.precision:.2f} | {found.base:.2f} |" in markdown([found])


def test_an_index_does_not_differ_from_itself(indexes):
    (found,) = measure(indexes / "plain-fp32", [indexes / "plain-fp32"])
    assert (found.difference, found.low, found.high, found.p, found.cosine) == (0, 0, 0, 1, None)


def test_what_was_learned_is_asked_for_by_pictures_that_no_model_has_seen(indexes):
    by_id, by_picture = measure(indexes / "learned-fp32", [indexes / "learned-int8"], cache=indexes / "cache")
    assert (by_id.asked, by_picture.asked) == ("id", "picture")
    assert 0 < by_picture.queries < by_id.queries == 200


def test_the_command_writes_what_it_prints(indexes, tmp_path):
    arguments = [indexes / "plain-fp32", indexes / "plain-int8", "--out", tmp_path, "--json"]
    result = CliRunner().invoke(cli, ["bench", "precision", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((tmp_path / "precision.json").read_text())
    assert "tiny int8" in (tmp_path / "precision.md").read_text()
