"""How fast pictures are encoded: by us in each precision, and by others."""

import dataclasses
import json

import pytest
from click.testing import CliRunner
from tiny_encoder import name_it

from likewise.deploy.cli import cli
from likewise.evaluation.benchmarks import encoding, encoding_rivals, encoding_table
from likewise.evaluation.benchmarks.machine import describe_machine
from likewise.ingest.catalog import read_catalog
from likewise.ingest.encoders import PRECISIONS


@pytest.fixture
def quick(monkeypatch):
    """Small networks, ours and theirs."""
    name_it(monkeypatch)
    torch = pytest.importorskip("torch")
    small = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 16, stride=16), torch.nn.Flatten())
    monkeypatch.setattr(encoding_rivals, "_network", lambda: small)


def test_every_way_is_beside_the_eager_loop(quick, catalog, tmp_path):
    said = []
    found = encoding.measure(
        catalog, encoder="tiny", precisions=PRECISIONS, images=40, rounds=2, wholes=(), say=said.append
    )
    ways = {way.name: way for way in found.ways}
    assert list(ways)[-3:] == ["likewise, fp32", "likewise, bf16", "likewise, int8"]
    assert len(ways) == 6
    assert ways[encoding_rivals.EAGER].ratio == 1
    assert all(way.rate > 0 for way in ways.values())
    assert ways["likewise, fp32"].cosine == pytest.approx(1)
    assert 0.98 < ways["likewise, int8"].least <= ways["likewise, int8"].cosine <= 1
    assert ways[encoding_rivals.EAGER].cosine is None
    assert (found.pictures, len(said)) == (40, 2)
    text = encoding_table.markdown([found])
    assert describe_machine() in text
    assert f"| likewise, int8 | {ways['likewise, int8'].rate:.1f} |" in text
    encoding_table.plot([found, dataclasses.replace(found, encoder="another")], tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_the_ways_of_others_see_every_picture(quick, catalog, monkeypatch):
    seen = []
    network = encoding_rivals._network()
    network.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0])))
    monkeypatch.setattr(encoding_rivals, "_network", lambda: network)
    pictures = [product.pictures[0] for product in read_catalog(catalog).products]
    for way in encoding_rivals.rivals().values():
        seen.clear()
        way(pictures)
        assert sum(seen) == 48


def test_the_command_writes_what_it_prints(quick, catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "alone", lambda _, __, ___, precision: (2.0, 500.0))
    options = ["--encoder", "tiny", "--precision", "fp32", "--images", 32, "--rounds", 1, "--whole", "fp32", "--json"]
    result = CliRunner().invoke(cli, ["bench", "ingest", str(catalog), "--out", str(tmp_path), *map(str, options)])
    assert result.exit_code == 0, result.output
    (found,) = json.loads((tmp_path / "encoding.json").read_text())
    assert found["wholes"][0]["seconds"] == 2
    assert found["calibration_s"] is None
    assert "From files to a published index" in (tmp_path / "encoding.md").read_text()
    assert (tmp_path / "encoding.png").exists()
