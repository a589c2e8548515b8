"""What the README, the pages and the docstrings show runs as it stands."""

import importlib
import inspect
import re
import shlex
import shutil
import textwrap
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl

import any_shop
import click
import numpy as np
import pytest

import likewise.ingest
import likewise.search
from likewise.deploy.cli import cli
from likewise.ingest import ingest
from likewise.ingest.encoders import EncoderSpec, encoder_fingerprint, encoder_parts
from likewise.ingest.encoders.resnet50 import ResNet50Encoder
from likewise.ingest.encoders.resnet50_rich import RichResNet50Encoder
from likewise.ingest.model import REDUCERS
from likewise.search import Not, SearchClient, SearchOptions
from likewise.search.filtering.text_filters import parse_where_options

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md"))
}
IDS = {"15970": "10000", "21379": "10001"}
"""Products of the public data, and those of the catalog here that stand for them."""
DRAWN = 24
"""Products that an example draws here, just enough for titles to be no filter; a reader draws more."""


def python_examples(markdown):
    """The code of fenced blocks, and of indented ones as docstrings have them."""
    fenced = re.findall(r"^( *)```python\n(.*?)^ *```", markdown, re.DOTALL | re.MULTILINE)
    if fenced:
        return [textwrap.dedent(code) for _, code in fenced]
    return [textwrap.dedent(code) for code in re.findall(r"\n\n((?:    .*\n|\n(?=    ))+)", markdown + "\n")]


def commands(markdown):
    """The `likewise` commands of console blocks, without comments."""
    for block in re.findall(r"```console\n(.*?)```", markdown, re.DOTALL):
        for line in block.splitlines():
            for part in line.removeprefix("$ ").partition("#")[0].split("&&"):
                if line.startswith("$ ") and part.strip().startswith("likewise "):
                    yield part.strip()


def docstrings():
    """Dotted name to docstring of all that is exported, and of the methods of what is."""
    for package in ("likewise.search", "likewise.ingest", "likewise.ingest.errors"):
        module = importlib.import_module(package)
        yield package, inspect.getdoc(module) or ""
        for name in getattr(module, "__all__", ()):
            exported = getattr(module, name)
            yield f"{package}.{name}", inspect.getdoc(exported) or ""
            for method, each in inspect.getmembers(exported, inspect.isroutine):
                if not method.startswith("_"):
                    yield f"{package}.{name}.{method}", inspect.getdoc(each) or ""


EXAMPLES = {name: found for name, text in (*PAGES.items(), *docstrings()) if (found := python_examples(text))}
COMMANDS = sorted({line for page in PAGES.values() for line in commands(page)})


class SmallEncoder:
    """Stands for a network: thumbnails, repeated until they are as wide as its features."""

    def __init__(self, name, precision):
        self.spec = EncoderSpec(name, precision, encoder_fingerprint(name, precision), encoder_parts(name))

    def prepare(self, image):
        return np.asarray(image.resize((7, 6)))

    def encode(self, pixels):
        rows = np.stack(pixels).reshape(len(pixels), -1).astype(np.float32) / 255
        return np.stack([np.resize(row, self.spec.dim) for row in rows])


@pytest.fixture(scope="module", autouse=True)
def small_networks():
    """Encoders that need no weights, and a learned reducer that is fitted in a moment."""
    with pytest.MonkeyPatch.context() as patch:
        families = (("resnet50", ResNet50Encoder, (128,)), ("resnet50-rich", RichResNet50Encoder, (128, 64)))
        for name, family, parts in families:
            create = classmethod(lambda _, __, *, precision, name=name, **___: SmallEncoder(name, precision))
            patch.setattr(family, "create", create)
            patch.setattr(family, "parts", parts)
            patch.setattr(family, "leading", None)
        learned = REDUCERS["attributes"].__init__
        small = {"members": 2, "hidden": 32}
        defaults = [small.get(name, each.default) for name, each in REDUCERS.parameters("attributes").items()]
        patch.setattr(learned, "__defaults__", tuple(defaults))
        yield


@pytest.fixture(scope="module")
def shop(tmp_path_factory, small_networks, make_catalog):
    """A folder with a catalog in place of the drawn one, its index, and a picture."""
    folder = tmp_path_factory.mktemp("shop")
    catalog = make_catalog(folder / "demo" / "catalog", 120)
    for picture in (catalog / "images").iterdir():
        picture.rename(picture.with_name(f"{int(picture.stem) + 9900}.jpg"))
    table = catalog / "styles.csv"
    table.write_text(re.sub(r"(?m)^\d+", lambda number: str(int(number[0]) + 9900), table.read_text()))
    ingest(catalog, folder / "demo" / "index")
    shutil.copytree(catalog, folder / "shop")
    shutil.copytree(folder / "demo" / "index", folder / "index")
    shutil.copy(catalog / "images" / "10003.jpg", folder / "photo.jpg")
    table = any_shop.write(folder / "tables", [any_shop.row(number) for number in range(300)])
    ingest(table, folder / "market", recipe=any_shop.RECIPE)
    return folder


def everyday_names():
    """What a docstring's example may use without a word: what is exported, and a client."""
    exports = [(module, name) for module in (likewise.search, likewise.ingest) for name in module.__all__]
    return {name: getattr(module, name) for module, name in exports} | {"client": SearchClient.open("index/")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_python_examples_run(name, shop, tmp_path, monkeypatch, capsys):
    """One after the other, each with the names of those before it."""
    shutil.copytree(shop, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    names = everyday_names() if name.startswith("likewise.") else {}
    for code in EXAMPLES[name]:
        for published, ours in IDS.items():
            code = code.replace(published, ours)
        code = re.sub(r"products=\d+", f"products={DRAWN}", code)
        exec(compile(code, name, "exec"), names)
    shown = capsys.readouterr().out
    if name == "README.md":
        assert len(shown.splitlines()) == 6
    if name == "docs/tutorial.md":
        assert {"nothing", "updated", "fitted"} <= set(shown.split())


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_line_is_understood(line, monkeypatch):
    """Parsed, not run: an option that was renamed or dropped fails here."""
    monkeypatch.setenv("LIKEWISE_STORE", "index/")
    words = [word for word in shlex.split(line)[1:] if not word.startswith("$")]
    command: click.Command = cli
    while isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    with suppress(click.exceptions.Exit):  # --help
        command.make_context("likewise", words)


def forms(row):
    """The conditions in a row of the filters' table: Python, command line, HTTP."""
    python, command, address = (re.search(r"`(.+)`", cell)[1] for cell in row.strip("| ").split(" | ")[1:])
    words = shlex.split(command)
    assert set(words[::2]) == {"--where"}
    pairs = parse_qsl(address)
    assert {name for name, _ in pairs} == {"where"}
    return eval(python, {"Not": Not}), parse_where_options(words[1::2]), SearchOptions.from_texts(pairs).where


def test_filters_mean_the_same_in_all_three_forms(shop):
    rows = [line for line in PAGES["docs/guide/filters.md"].splitlines() if "`where=" in line and line.startswith("| ")]
    rows = [row for row in rows if "Python" not in row]
    assert len(rows) >= 12
    with SearchClient.open(shop / "market") as client:
        for row in rows:
            python, command, address = ({*client.ids(form)} for form in forms(row))
            assert 0 < len(python) < 300, row
            assert python == command == address, row


def test_examples_and_commands_were_found():
    assert {"README.md", "docs/tutorial.md", "likewise.search", "likewise.ingest"} <= EXAMPLES.keys()
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "evaluation/README.md"])
def test_links_lead_somewhere(name):
    """Those of the pages are checked when the pages are built."""
    path = ROOT / name
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        assert "://" in target or target.startswith("#") or (path.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("name", PAGES)
def test_pages_name_no_machine_and_no_author_wrongly(name):
    assert not re.search(r"\bAmin\b|/work/|/root/", PAGES[name])
