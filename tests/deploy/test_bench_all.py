"""`likewise bench all`: every comparison and one page of them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.ingest.errors import ParameterError


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What each measurement was asked for; each leaves a table instead."""
    found = []

    def measured(name, out):
        (out / f"{name}.json").write_text(json.dumps({"machine": "this one", "found": []}))
        (out / f"{name}.md").write_text(f"The table of {name}.\n")

    def command(name):
        def run(**how):
            found.append((name, how))
            how["out"].mkdir(exist_ok=True)
            measured("encoding" if name == "ingest" else name, how["out"])

        return run

    from likewise.deploy.cli import _bench_growth, _bench_speed

    monkeypatch.setattr(_bench_speed.ingest, "callback", command("ingest"))
    monkeypatch.setattr(_bench_speed.search, "callback", command("search"))
    monkeypatch.setattr(_bench_growth.million, "callback", command("million"))
    return found


def run(tmp_path, *more):
    folders = [str(tmp_path / "catalog"), str(tmp_path / "index")]
    for folder in folders:
        Path(folder).mkdir(exist_ok=True)
    return CliRunner().invoke(cli, ["bench", "all", *folders, "--out", str(tmp_path / "out"), *more])


def test_all_is_measured_and_joined(asked, tmp_path):
    done = run(tmp_path, "--sizes", "300", "--growth", "200", "--images", "40", "--no-earlier")
    assert done.exit_code == 0, done.output
    assert [name for name, _ in asked] == ["ingest", "search", "million"]
    (_, first), (_, second), (_, third) = asked
    assert (first["catalog"], first["images"]) == (tmp_path / "catalog", 40)
    assert first["precisions"] == ("fp32", "bf16", "int8")
    assert (second["index"], second["sizes"]) == (tmp_path / "index", "300")
    assert (third["sizes"], third["earlier"]) == ("200", False)
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.index("The table of encoding") < page.index("The table of search") < page.index("The table of million")
    assert "index.html" in done.output


def test_what_was_encoded_is_not_encoded_again(asked, tmp_path):
    run(tmp_path)
    asked.clear()
    assert run(tmp_path).exit_code == 0
    assert [name for name, _ in asked] == ["search", "million"]


@pytest.mark.parametrize("option", ["--sizes", "--growth"])
def test_a_typing_error_is_told_at_once(asked, tmp_path, option):
    done = run(tmp_path, option, "10k")
    assert isinstance(done.exception, ParameterError)
    assert option in str(done.exception)
    assert asked == []
