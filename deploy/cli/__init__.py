"""The command `likewise`: one file a command, imported when it is used."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from types import FrameType

import click

from likewise.ingest.errors import LikewiseError

COMMANDS = {
    "ingest": "Index a catalog of products and their images.",
    "reindex": "Bring an index up to today's catalog, checked before it is published.",
    "update": "Add or change single products now.",
    "remove": "Take single products out of an index now.",
    "search": "Find the products that look most like one.",
    "facets": "Count products by the values of a column.",
    "neighbours": "Write the neighbours of every product to one file.",
    "describe": "Name the attributes that a picture shows.",
    "evaluate": "Score an index by the study's Precision@k.",
    "serve": "Answer searches over HTTP.",
    "mcp": "Offer searches to an assistant as tools.",
    "compare": "Compare the study's methods, with intervals, tests, figures and a report.",
    "index": "List, inspect, publish, roll back, prune, export and restore versions.",
    "cache": "Show what is kept of encoded pictures, and make it smaller.",
    "demo": "Draw a sample catalog, index it, search it, score it.",
    "bench": "Measure speed against the alternative, in one run.",
}
"""Command to its line in the overview; kept here so that `--help` imports no command."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f".{cmd_name}", __name__), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 done; 2 wrong usage; 3 the catalog or an image cannot be read; 4 too many rejects; "
    "5 weights; 6 the store; 7 another process is writing; 8 index and client do not fit; 9 not found; "
    "10 the new version was refused; 11 stopped by --max-time; 130 interrupted, 143 by SIGTERM. "
    "Every option also comes from its LIKEWISE_… variable.",
)
@click.version_option(package_name="likewise")
def cli() -> None:
    """Show the products that look most like this one."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends a command as Ctrl-C does, so that what it holds is given back."""

    exit_code = 143


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    raise Terminated


def main() -> None:
    """Run the command line; every `LikewiseError` becomes one line and its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        cli.main(standalone_mode=False, prog_name="likewise")
    except LikewiseError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("Interrupted; run the same command again to go on.", err=True)
        # Click makes an Abort of every interrupt.
        sys.exit(getattr(error.__cause__ or error, "exit_code", 130))
    except BrokenPipeError:
        # The reader of our output went away (`| head`); what is left to flush has nowhere to go.
        sys.stderr.close()
        sys.exit(0)
