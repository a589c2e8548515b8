"""The command line shows and reads the options of a search as `SearchOptions` has them."""

import click
import pytest
from click.testing import CliRunner

from likewise.deploy.cli.search import search
from likewise.deploy.search_options import search_options
from likewise.ingest.errors import ParameterError
from likewise.search import SearchOptions
from likewise.search.asking.options import option_help
from likewise.search.filtering.text_filters import parse_where_options


@click.command()
@search_options()
def shown(searching):
    click.echo(repr(searching))


def run(*arguments, **environment):
    return CliRunner().invoke(shown, arguments, catch_exceptions=False, env=environment)


def test_every_option_is_read_as_python_takes_it():
    assert run().stdout.strip() == repr(SearchOptions())
    arguments = ["-k", "9", "--probe", "all", "--include-self", "--threshold", "confident", "--where", "gender=Men",
                 "--where", "usage!=Sports"]  # fmt: skip
    where = parse_where_options(["gender=Men", "usage!=Sports"])
    assert run(*arguments).stdout.strip() == repr(SearchOptions(9, where, "all", True, "confident"))
    environment = {"LIKEWISE_K": "3", "LIKEWISE_PROBE": "2", "LIKEWISE_PRIOR": "0.5", "LIKEWISE_THRESHOLD": "0.25"}
    assert run(**environment).stdout.strip() == repr(SearchOptions(3, None, 2, False, 0.25, 0.5))


def test_what_is_impossible_is_said_in_the_same_words():
    with pytest.raises(ParameterError, match="probe must be a whole number or `all`; received 'most'"):
        run("--probe", "most")


def test_a_command_can_take_some_of_them():
    @click.command()
    @search_options("k", "probe")
    def some(searching):
        click.echo(searching.k)

    assert CliRunner().invoke(some, ["-k", "4"]).stdout == "4\n"
    assert CliRunner().invoke(some, ["--prior", "0"]).exit_code == 2


def test_the_help_shows_the_sentence_of_every_option():
    text = " ".join(CliRunner().invoke(search, ["--help"], terminal_width=400, max_content_width=400).stdout.split())
    for sentence in option_help().values():
        assert sentence[1:] in text
