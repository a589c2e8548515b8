import json

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.evaluation.study import splits
from likewise.ingest.errors import ParameterError


def write(folder, learned, methods=("none", "attributes"), protocol="held-out"):
    folder.mkdir()
    rows = [
        {"protocol": protocol, "method": method, "category": category, "metric": metric, "k": k}
        | {"value": value, "low": value - 1, "high": value + 1, "n": 1500}
        for method, value in zip(methods, (77.0, learned), strict=True)
        for category in ("Apparel", "mean")
        for metric in ("precision", "match_gender")
        for k in (1, 6)
    ]
    test = {"method": methods[1], "reference": methods[0], "difference": learned - 77, "low": 11.0, "high": 13.0}
    (folder / "table.json").write_text(json.dumps(rows))
    (folder / "tests.json").write_text(json.dumps([test]))
    return folder


@pytest.fixture
def reports(tmp_path):
    return [write(tmp_path / f"seed-{seed}", value) for seed, value in ((1, 88.0), (2, 90.0))]


def test_splits_are_averaged_and_shown_with_their_differences(reports):
    read = splits.read(reports)
    assert splits.means(read)["attributes", "mean", "precision"] == 89.0
    text = splits.markdown(read)
    assert "| seed-1 | 77.0 (76.0 to 78.0) | 88.0 (87.0 to 89.0) | +11.0 (+11.0 to +13.0) |" in text
    assert "| **mean** | **77.0** | **89.0** | **+12.0** |" in text
    assert "| method | Apparel | gender |" in text
    row = next(row for row in splits.records(read) if (row["method"], row["category"]) == ("attributes", "mean"))
    assert (row["lowest"], row["highest"], row["values"]) == (88.0, 90.0, [88.0, 90.0])


def test_the_command_writes_what_it_says(reports, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["bench", "splits", *map(str, reports), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == json.loads((out / "splits.json").read_text())
    assert "**89.0**" in (out / "table.md").read_text()


def test_reports_that_cannot_be_put_together_are_named(reports, tmp_path):
    with pytest.raises(ParameterError, match=r"nowhere has no report that can be read"):
        splits.read([tmp_path / "nowhere"])
    with pytest.raises(ParameterError, match=r"no held-out row at k = 6"):
        splits.read([write(tmp_path / "in-catalog", 90.0, protocol="in-catalog")])
    other = write(tmp_path / "other", 90.0, methods=("none", "pca"))
    with pytest.raises(ParameterError, match=r"different methods \(seed-1: none, attributes; .* other: none, pca\)"):
        splits.read([*reports, other])
    table = json.loads((reports[0] / "table.json").read_text())
    (reports[0] / "table.json").write_text(json.dumps([row for row in table if row["category"] == "mean"]))
    with pytest.raises(ParameterError, match="different categories or figures"):
        splits.read(reports)
    (reports[0] / "table.json").write_text("[1]")
    with pytest.raises(ParameterError, match="seed-1 has no report"):
        splits.read(reports)
