"""Every `likewise` command in the deployment's files exists, and the operations page says what the code does."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from likewise.deploy.cli import cli
from likewise.deploy.cli.reindex import Line
from likewise.evaluation import gate  # noqa: F401 - its error has an exit code too
from likewise.ingest import Outcome
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import LikewiseError
from likewise.ingest.index import Changes, Manifest, Step

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OPERATIONS = ROOT / "docs" / "operations.md"
PAGE = OPERATIONS.read_text("utf-8")


def after_likewise(line):
    """The words after `likewise` in a shell line, [] where it runs something else."""
    words = shlex.split(line.partition(" # ")[0])
    names = [word.rpartition("/")[2] for word in words]
    return words[names.index("likewise") + 1 :] if "likewise" in names else []


def shell_lines():
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            yield from ((OPERATIONS, part) for part in line.removeprefix("$ ").split("&&"))
    for path in (*DEPLOY.glob("*.yaml"), DEPLOY / "Dockerfile", DEPLOY / "kubernetes" / "secret.yaml.example"):
        for line in path.read_text().splitlines():
            if line.startswith("#   "):
                yield path, line[4:]
    for path in DEPLOY.glob("*.sh"):
        for line in path.read_text().splitlines():
            if line.strip().startswith("likewise "):
                yield path, line.strip().removesuffix("&")
    for path in (DEPLOY / "systemd").glob("*.service"):
        for line in path.read_text().splitlines():
            if line.startswith("Exec"):
                yield path, line.partition("=")[2]


def commands():
    found = [(path.name, words) for path, line in shell_lines() if (words := after_likewise(line))]
    for path in DEPLOY.glob("compose*.yaml"):
        for service in yaml.safe_load(path.read_text())["services"].values():
            if service.get("image", "").startswith("likewise:") and "command" in service:
                found.append((path.name, service["command"]))
    for path in (DEPLOY / "kubernetes").glob("*.yaml"):
        for manifest in yaml.safe_load_all(path.read_text()):
            spec = manifest.get("spec", {})
            template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
            found += [(path.name, container["args"]) for container in template.get("spec", {}).get("containers", ())]
    return found


COMMANDS = commands()


def resolve(words):
    """The click command that the first words name, and the words that are left."""
    command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"likewise has no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize(("name", "words"), COMMANDS, ids=[f"{name}: {' '.join(words)}" for name, words in COMMANDS])
def test_every_command_is_understood(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIKEWISE_STORE", "index/")
    Path("shop.likewise").touch()
    command, rest = resolve(words)
    command.make_context("likewise", list(rest))


def test_commands_were_found_in_every_kind_of_file():
    found = {name for name, _ in COMMANDS}
    assert {"operations.md", "compose.yaml", "nightly.sh", "deployment.yaml", "cronjob.yaml"} <= found
    assert {"likewise-serve.service", "likewise-reindex.service"} <= found
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("text", sorted(set(re.findall(r"`likewise ([a-z][^`]*)`", PAGE))))
def test_every_command_in_running_text_exists(text):
    command, rest = resolve(shlex.split(text))
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z][a-z0-9-]*)[ `]", PAGE))))
def test_every_option_in_running_text_exists(option):
    parameters = [parameter for words in (["reindex"], ["serve"]) for parameter in resolve(words)[0].params]
    known = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
    assert option in known


def test_the_page_lists_every_exit_code():
    def codes(error):
        return {error.exit_code}.union(*(codes(child) for child in error.__subclasses__()))

    listed = [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert listed == sorted(listed)
    assert set(listed) == codes(LikewiseError) | {0, 130, 143}


def test_the_page_lists_the_fields_of_the_log(capsys):
    (fields,) = re.findall(r"Fields:\n(.*?)\.\n", PAGE, re.DOTALL)
    listed = set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", fields, flags=re.DOTALL)))
    manifest = Manifest(EncoderSpec("fake", "fp32", "", (1,)), Step("none"), Step("none"), 1, 1, "")
    outcome = Outcome("updated", None, None, None, True, 0, (), 0, manifest, changes=Changes().counts())
    Line(None, as_json=True).write({**outcome.to_dict(), "error": None}, "")
    assert listed == json.loads(capsys.readouterr().out).keys()


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (OPERATIONS.parent / target).exists(), target
