import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import COMMANDS, cli


@pytest.fixture
def likewise(monkeypatch, make_encoder, no_network):
    """Run a command in this process, with an encoder that needs no network."""
    monkeypatch.setattr("likewise.search.loading.open_encoder", lambda *_, **__: make_encoder())

    def run(*arguments):
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)

    return run


@pytest.fixture
def store(likewise, catalog, tmp_path) -> Path:
    folder = tmp_path / "index"
    assert likewise("ingest", catalog, "--store", folder, "--components", 8, "--clusters", 3).exit_code == 0
    return folder


def script(*arguments, **environment):
    """Run the installed command as its users do."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("likewise")), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_overview_lists_every_command_there_is():
    import likewise.deploy.cli as package

    files = {path.stem for path in Path(package.__file__).parent.glob("[a-z]*.py")}
    assert files == set(COMMANDS)
    shown = CliRunner().invoke(cli, ["--help"]).stdout
    for name, line in COMMANDS.items():
        assert name in shown
        assert line.split()[0] in shown
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_ingest_reports_what_it_did(likewise, catalog, tmp_path):
    (catalog / "images" / "103.png").write_bytes(b"")
    found = likewise("ingest", catalog, "--store", tmp_path / "i", "--components", 8, "--clusters", 3, "--json")
    report = json.loads(found.stdout)
    clusters, columns, roles = report.pop("clusters"), report.pop("columns"), report.pop("roles")
    assert (columns["gender"], roles["category"]) == ("text", ["masterCategory"])
    assert report.pop("recognised")
    assert report == {"outcome": "fitted", "version": "v000001", "parent": None, "candidate": "v000001",
                      "published": True, "products": 47, "rejects": 1, "encoded": 47, "drift": None, "gate": None,
                      "pruned": [], "warnings": 0, "stale": 0, "schema": {}, "lowered": {}}  # fmt: skip
    assert sum(clusters.values()) == 47
    shown = likewise("index", "info", "--store", tmp_path / "i", "--rejects").stdout.splitlines()
    assert shown[1].startswith("103,empty,")


def test_search_prints_a_table_or_json(likewise, store, catalog):
    table = likewise("search", "--store", store, "--id", "100", "-k", 3).stdout.splitlines()
    assert table[0] == "like 100:"
    assert len(table) == 4
    image = catalog / "images" / "111.png"
    answer = json.loads(likewise("search", "--store", store, "--id", 100, "--image", image, "-k", 2, "--json").stdout)
    assert [entry["query"] for entry in answer] == ["100", str(image)]
    assert answer[1]["hits"][0]["id"] == "111"
    assert answer[1]["hits"][0]["payload"]["articleType"] == "Watches"


def test_search_draws_a_sheet_wherever_the_images_are_now(likewise, store, catalog, tmp_path):
    from PIL import Image

    sheet = tmp_path / "hits.png"
    assert likewise("search", "--store", store, "--id", "100", "--sheet", sheet).exit_code == 0
    with Image.open(sheet) as picture:
        assert picture.width > 1000
    catalog.rename(tmp_path / "moved")
    run = script("search", "--store", store, "--id", "100", "--sheet", sheet)
    assert run.returncode == 9
    assert "say where with --catalog" in run.stderr
    moved = likewise("search", "--store", store, "--id", "100", "--sheet", sheet, "--catalog", tmp_path / "moved")
    assert moved.exit_code == 0


def test_evaluate_prints_the_documented_json(likewise, store):
    found = json.loads(likewise("evaluate", "--store", store, "--per-category", 10, "--json").stdout)
    names = {"Apparel", "Footwear", "Accessories", "mean"}
    assert found.keys() == {"k", "precision", "low", "high", "n", "query_ms", "asked", "unseen", "scored", "by"}
    assert (found["asked"], found["unseen"]) == ("id", True)
    assert found["precision"].keys() == found["low"].keys() == found["high"].keys() == found["n"].keys() == names
    assert found["k"] == 6
    assert found["n"] == {"Apparel": 10, "Footwear": 10, "Accessories": 10, "mean": 30}
    for name in names:
        assert 0 <= found["low"][name] <= found["precision"][name] <= found["high"][name] <= 100
    assert 0 < found["query_ms"]["p50"] <= found["query_ms"]["p99"]
    again = json.loads(likewise("evaluate", "--store", store, "--per-category", 10, "--json").stdout)
    assert again["precision"] == found["precision"]


def test_the_life_of_versions(likewise, store, catalog):
    for _ in range(3):
        likewise("ingest", catalog, "--store", store, "--refit")
    listed = json.loads(likewise("index", "list", "--store", store, "--json").stdout)
    assert [(row["version"], row["current"]) for row in listed][-2:] == [("v000003", False), ("v000004", True)]
    assert "v000003 is current" in likewise("index", "rollback", "--store", store).stdout
    assert "v000004 is current" in likewise("index", "publish", "--store", store, "v000004").stdout
    assert "3 deleted, 1 kept" in likewise("index", "prune", "--store", store, "--keep", 1).stdout
    assert json.loads(likewise("index", "info", "--store", store, "--json").stdout)["version"] == "v000004"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("search", "--store", "nowhere", "--id", "1"), 6, "There is no index in nowhere"),
        (("ingest", "nowhere", "--store", "x", "--encoder", "resnet5"), 2, "Unknown encoder 'resnet5'"),
        (("evaluate", "--store", "nowhere"), 6, "likewise ingest"),
        (("search", "--store", "x"), 2, "give --id, --image or --liked"),
        (("ingest",), 2, "Missing argument"),
        (("serch",), 2, "No such command"),
        (("ingest", ".", "--store", "x", "--only", "a"), 2, "COLUMN=VALUE"),
        (("ingest", ".", "--store", "x", "--clusters", "ten"), 2, "'ten'"),
        (("ingest", ".", "--store", "x", "--reducer-param", "perplexity"), 2, "'perplexity' is not NAME=VALUE"),
        (("ingest", ".", "--store", "x", "--max-rejects", "lots"), 2, "'lots'"),
    ],
)
def test_errors_are_one_line_with_their_exit_code(arguments, code, text, tmp_path):
    run = subprocess.run(
        [str(Path(sys.executable).with_name("likewise")), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == code, run.stderr
    assert text in run.stderr
    assert "Traceback" not in run.stderr


def test_a_catalog_with_too_many_rejects_has_its_own_exit_code(likewise, catalog, tmp_path):
    from likewise.ingest.errors import TooManyRejectsError

    for path in (catalog / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(TooManyRejectsError) as caught:
        likewise("ingest", catalog, "--store", tmp_path / "i")
    assert caught.value.exit_code == 4


def test_options_come_from_the_environment(store):
    run = script("search", "--id", "100", LIKEWISE_STORE=str(store), LIKEWISE_K="2", LIKEWISE_JSON="1")
    assert len(json.loads(run.stdout)[0]["hits"]) == 2


def imported(*arguments):
    """The modules that a command imports, as its own process."""
    program = (
        "import sys\nfrom likewise.deploy.cli import main\n"
        f"sys.argv = ['likewise', *{list(map(str, arguments))!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines())


HEAVY = {"torch", "sklearn", "umap", "matplotlib", "pandas", "scipy", "qdrant_client", "starlette"}


def test_help_and_a_search_by_id_import_nothing_that_they_do_not_need(store):
    assert not imported("--help") & {*HEAVY, "numpy", "PIL", "qdrant_edge"}
    assert not imported("search", "--store", store, "--id", "100") & HEAVY
