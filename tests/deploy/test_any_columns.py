"""The commands on a shop's own table: what is scored, facets, what an index is, what an ingest recognised."""

import json
import re

import pytest
from any_shop import row, write
from click.testing import CliRunner

from likewise.deploy.cli import cli


def invoke(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def ingested(tmp_path_factory, make_encoder):
    """A folder with an index, and what the ingest printed."""
    folder = tmp_path_factory.mktemp("shop")
    table = write(folder, [row(number) for number in range(300)])
    with pytest.MonkeyPatch.context() as patch:
        for name in ("new_encoder", "open_encoder"):
            patch.setattr(f"likewise.ingest.stages.{name}", lambda *_, **__: make_encoder())
        common = (*("--id-column", "sku", "--image-column", "photo"), "--components", 8, "--clusters", 4)
        text = invoke("ingest", table, "--store", folder / "index", *common)
        again = invoke("ingest", table, "--store", folder / "index", "--json")
        first = invoke("ingest", table, "--store", folder / "other", *common, "--json")
        bare = invoke("ingest", table, "--store", folder / "bare", *common, "--keep", "price,added,title")
        yield folder, text, first, again, bare


@pytest.fixture(scope="module")
def index(ingested):
    return ingested[0] / "index"


def test_an_ingest_prints_what_it_recognised_and_the_first_schema(ingested):
    _, text, first, again, bare = ingested
    assert text.exit_code == 0, text.output
    assert text.stdout.splitlines()[1:] == [
        "  read as CSV, commas between columns, UTF-8, 12 columns",
        "  columns: text brand, colour, category, title, code; float price; integer stock; bool in_stock; "
        "datetime added; list sizes",
        "  filtered: all but title, code (--filterable COLUMN,… adds one)",
        "  scored and, by --reducer attributes, learned: brand, colour, category; queries by category",
    ]
    report = json.loads(first.stdout)
    assert report["recognised"]
    assert report["columns"]["price"] == "float"
    assert report["roles"]["scored"] == ["brand", "colour", "category"]
    later = json.loads(again.stdout)
    assert later["recognised"] == report["recognised"]
    assert "columns" not in later
    assert "nothing is scored; --attributes" in bare.stdout


def test_an_evaluation_prints_what_it_scores(index):
    shown = invoke("evaluate", "--store", index, "--per-category", 5).stdout.splitlines()
    assert shown[1] == "  scored: brand, colour, category; queries by category"
    asked = invoke("evaluate", "--store", index, "--attributes", "brand,sizes", "--by", "in_stock", "--json")
    found = json.loads(asked.stdout)
    assert (found["scored"], found["by"]) == (["brand", "sizes"], "in_stock")
    assert set(found["n"]) == {"true", "false", "mean"}
    many = invoke("evaluate", "--store", index, "--by", "stock", "--per-category", 1).stdout
    assert "queries by stock; of 50 values of stock, the 20 most frequent have queries" in many


@pytest.mark.parametrize(
    ("store", "arguments", "text"),
    [
        ("index", ("--attributes", "price"), "'price' is of type float"),
        ("index", ("--by", "added"), "'added' is of type datetime"),
        ("index", ("--attributes", "prise"), "no column 'prise'"),
        ("bare", (), "nothing to score"),
    ],
)
def test_what_cannot_be_scored_is_wrong_usage(ingested, store, arguments, text):
    error = invoke("evaluate", "--store", ingested[0] / store, *arguments).exception
    assert error.exit_code == 2
    assert text in str(error)


def test_facets_count_products(index):
    shown = invoke("facets", "brand", "--store", index).stdout.splitlines()
    assert shown == ["Nike    100", "Puma    100", "Ørsted  100"]
    assert json.loads(invoke("facets", "in_stock", "--store", index, "--json").stdout) == {"true": 200, "false": 100}
    asked = invoke("facets", "sizes", "--store", index, "--where", "brand=Nike", "--where", "price<20", "--json")
    assert set(json.loads(asked.stdout)) == {"S", "M", "L", "XL"}
    assert (
        invoke("facets", "brand", "--store", index, "--where", "price>500").stdout
        == "No product has a value of brand.\n"
    )


def test_numbers_and_dates_are_counted_by_ranges(index):
    found = json.loads(invoke("facets", "price", "--store", index, "--bins", 4, "--json").stdout)
    assert found[0].keys() == {"from", "to", "count"}
    assert sum(each["count"] for each in found) == sum(bool(row(number)["price"]) for number in range(300))
    assert 3 <= len(found) <= 6
    assert re.fullmatch(
        r"2026-01-01 to 2026-01-\d\d +\d+", invoke("facets", "added", "--store", index).stdout.splitlines()[0]
    )
    assert len(json.loads(invoke("facets", "stock", "--store", index, "--json").stdout)) >= 5


@pytest.mark.parametrize(
    ("column", "more", "text"),
    [
        ("title", (), "--filterable title"),
        ("prise", (), "Did you mean 'price'"),
        ("brand", ("--bins", "3"), "which has no ranges"),
    ],
)
def test_facets_that_cannot_be_counted_say_why(index, column, more, text):
    error = invoke("facets", column, "--store", index, *more).exception
    assert error.exit_code == 2
    assert text in str(error)


def test_people_see_bars(index, monkeypatch):
    import likewise.deploy.cli.facets as command

    monkeypatch.setattr(command.sys, "stdout", Terminal(command.sys.stdout))
    command._print([("[bold]Nike[/]", 100), ("Puma", 50)])
    lines = command.sys.stdout.text.splitlines()
    assert lines[0].startswith("[bold]Nike[/]")
    assert lines[0].count("█") == 2 * lines[1].count("█") == 40


class Terminal:
    encoding = "utf-8"

    def __init__(self, inner):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)

    def flush(self):
        pass


def test_an_index_is_told_to_people_and_to_programs(index):
    shown = invoke("index", "info", "--store", index).stdout
    assert "v000001, current" in shown
    assert "300, with 300 pictures" in shown
    assert re.search(r"(?m)^category +text +filtered, scored, learned, category, caption$", shown)
    assert re.search(r"(?m)^price +float +filtered$", shown)
    assert re.search(r"(?m)^code +text +shown$", shown)
    told = json.loads(invoke("index", "info", "--store", index, "--json").stdout)
    assert told["schema"]["roles"]["scored"] == ["brand", "colour", "category"]
    assert json.loads(invoke("index", "info", "--store", index, "--rejects", "--json").stdout) == []


def test_a_search_shows_titles_and_keeps_types(index):
    shown = invoke("search", "--store", index, "--id", "A-001", "-k", 2).stdout.splitlines()
    assert re.fullmatch(r"   1  [01]\.\d{3}  A-\d{3}  \w+ · \w+ · \w+ +\w+ \w+ no\. \d+, \w+", shown[1])
    hit = json.loads(
        invoke(
            "search", "--store", index, "--id", "A-001", "--where", "price=10..20", "--where", "sizes=M", "--json"
        ).stdout
    )[0]["hits"][0]["payload"]
    kinds = {name: type(hit[name]) for name in ("price", "stock", "in_stock", "sizes", "added", "brand")}
    assert kinds == {"price": float, "stock": int, "in_stock": bool, "sizes": list, "added": str, "brand": str}
