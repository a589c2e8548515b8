"""What the README shows runs as it stands."""

import re
import shlex
from pathlib import Path

import click
import pytest

from likewise.deploy.cli import cli
from likewise.ingest.encoders import base as encoders
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.pipeline import Recipe, ingest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
COMMANDS = sorted(
    {
        part.strip()
        for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("$ ")
        for part in line[2:].partition("#")[0].split("&&")
        if part.strip().startswith("likewise ")
    }
)


def test_the_python_example_runs(tmp_path, make_catalog, make_encoder, monkeypatch, capsys):
    catalog = make_catalog(tmp_path / "catalog")
    (tmp_path / "photo.jpg").write_bytes((catalog / "images" / "100.png").read_bytes())
    store = EmbeddedStore(tmp_path / "index", create=True)
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
    ingest(catalog, store, make_encoder(), store.embeddings, recipe=recipe)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(encoders, "create_encoder", lambda *_, **__: make_encoder())
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example.replace("15970", "100").replace("21379", "101"), "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_line_is_understood(line):
    """Parsed, not run: an option that was renamed or dropped fails here."""
    words = [word for word in shlex.split(line)[1:] if not word.startswith("$")]
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    command.make_context("likewise", words)


def test_the_readme_shows_commands():
    assert len(COMMANDS) >= 8
