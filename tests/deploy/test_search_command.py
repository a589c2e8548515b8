"""`likewise search` with likes, rules and pages; `likewise neighbours` with an order."""

import csv
import json

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli


@pytest.fixture
def likewise(monkeypatch, make_encoder, no_network):
    """Run a command in this process, with an encoder that needs no network."""
    monkeypatch.setattr("likewise.search.loading.open_encoder", lambda *_, **__: make_encoder())
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def store(likewise, catalog, tmp_path):
    folder = tmp_path / "index"
    assert likewise("ingest", catalog, "--store", folder, "--components", 8, "--clusters", 3).exit_code == 0
    return folder


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('[[rule]]\nname = "gone"\naction = "never"\nwhere = ["baseColour=Red"]\n', "utf-8")
    return path


def answer(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_likes_and_dislikes_are_one_search(likewise, store, catalog, tmp_path):
    picture, sheet = catalog / "images" / "111.png", tmp_path / "sheet.png"
    (found,) = answer(
        likewise("search", "--store", store, "--liked", "100", "--liked-image", picture, "--disliked", "103", "-k", 4,
                 "--json")
    )  # fmt: skip
    assert found["query"] == f"100, {picture}"
    shown = [hit["id"] for hit in found["hits"]]
    assert (len(shown), found["next"]) == (4, 4)
    assert not {"100", "103"} & set(shown)
    drawn = likewise("search", "--store", store, "--liked-image", picture, "--liked", "100", "--sheet", sheet)
    assert drawn.exit_code == 0
    assert sheet.stat().st_size > 1000


def test_a_page_counts_on_where_the_one_before_ended(likewise, store):
    whole = likewise("search", "--store", store, "--id", "100", "-k", 9).stdout.splitlines()
    pages = [
        likewise("search", "--store", store, "--id", "100", "-k", 3, "--offset", at).stdout.splitlines()
        for at in (0, 3, 6)
    ]
    ranks = [[line.split()[:3] for line in lines[1:]] for lines in (whole, *pages)]
    assert ranks[0] == [*ranks[1], *ranks[2], *ranks[3]]


def test_a_short_answer_says_what_holds_it_back_and_a_fallback_what_is_not_met(likewise, store):
    how = ("--where", "gender=Women", "--where", "baseColour=Red", "--where", "season=Winter")
    short = likewise("search", "--store", store, "--id", "100", *how).stdout
    assert "  without season=Winter: " in short
    filled = likewise("search", "--store", store, "--id", "100", *how, "--fallback").stdout
    assert "(not season=Winter" in filled
    (machine,) = answer(likewise("search", "--store", store, "--id", "100", *how, "--fallback", "--json"))
    assert machine["fallback"]["dropped"][-1] == "season=Winter"
    assert machine["short"]["without"][0].keys() == {"condition", "where", "count"}


def test_rules_are_followed_and_named(likewise, store, rules):
    (found,) = answer(likewise("search", "--store", store, "--id", "100", "--rules", rules, "-k", 40, "--json"))
    assert found["rules"] == ["gone"]
    assert all(hit["payload"]["baseColour"] != "Red" for hit in found["hits"])


def test_neighbours_are_written_in_the_same_order(likewise, store, rules, tmp_path):
    out = tmp_path / "all.csv"
    made = likewise("neighbours", "--store", store, "--out", out, "--rules", rules, "--diversity", 0.5, "-k", 3)
    assert made.exit_code == 0, made.stderr
    (found,) = answer(
        likewise("search", "--store", store, "--id", "100", "--rules", rules, "--diversity", 0.5, "-k", 3, "--json")
    )
    with out.open(newline="", encoding="utf-8") as file:
        written = [row["neighbour"] for row in csv.DictReader(file) if row["id"] == "100"]
    assert written == [hit["id"] for hit in found["hits"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give --id, --image or --liked"),
        (("--disliked", "100"), "give --liked too"),
        (("--id", "100", "--diversity", "2"), "diversity is between 0 and 1"),
        (("--id", "100", "--boost", "nobody"), "No column 'nobody'"),
        (("--id", "100", "--rectangle", "0,0,2,2"), "A rectangle is X,Y,WIDTH,HEIGHT"),
        (("--id", "100", "--strategy", "worst"), "strategy is one of"),
    ],
)
def test_what_cannot_be_is_said_without_a_traceback(likewise, store, arguments, says):
    refused = likewise("search", "--store", store, *arguments)
    assert says in f"{refused.stderr}{refused.exception}"
    assert refused.exit_code != 0
