"""What the pages show that is not written by hand.

The command line's help, the parameters of every method, and files from elsewhere in the repository, which the site has
under the very links that lead to them there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from likewise.deploy.cli import cli
from likewise.ingest.model import CLUSTERERS, REDUCERS
from likewise.ingest.registry import Registry
from likewise.search.asking.options import option_help, text_forms

ROOT = Path(__file__).resolve().parents[1]
LINKED = (
    "CHANGELOG.md",
    "evaluation/results/**/*",
    "deploy/*.yaml",
    "deploy/kubernetes/*",
    "deploy/systemd/*",
)
"""What pages link to outside of docs/; `../` and one of these leads to it from a page, here and on the site."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the linked files of the repository to the site."""
    for pattern in LINKED:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                name = path.relative_to(ROOT).as_posix()
                file = File.generated(config, f"../{name}", abs_src_path=str(path))
                # The site ends at its own root, and mkdocs leaves out what begins with a dot.
                file.dest_uri = f"repository/{file.dest_uri.removeprefix('../')}"
                file.inclusion = InclusionLevel.NOT_IN_NAV
                files.append(file)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Replace marks such as `<!-- commands -->` by what they stand for."""
    for mark, text in MARKS.items():
        if f"<!-- {mark} -->" in markdown:
            markdown = markdown.replace(f"<!-- {mark} -->", text())
    return markdown


def commands() -> str:
    """Every command with its help, as `--help` prints it."""
    return "\n\n".join(
        f"## likewise {name}".rstrip() + f"\n\n```text\n{_help(command, name)}\n```" for name, command in _commands(cli)
    )


def methods() -> str:
    """Every reducer and clusterer with the parameters of its constructor, as `--reducer-param` takes them."""
    lines = ["| option | parameters and their defaults |", "|---|---|"]
    registries: dict[str, Registry] = {"--reducer": REDUCERS, "--clusterer": CLUSTERERS}
    for option, registry in registries.items():
        for name in registry:
            shown = ", ".join(f"`{_parameter(each)}`" for each in registry.parameters(name).values())
            lines.append(f"| `{option} {name}` | {shown} |")
    return "\n".join(lines)


def search_options() -> str:
    """Every search option as it is written in Python, on the command line and over HTTP."""
    lines = ["| Python | command line | HTTP | meaning |", "|---|---|---|---|"]
    sentences = option_help()
    for name, form in text_forms().items():
        option = f"--{form.name.replace('_', '-')} {form.metavar}".strip()
        lines.append(f"| `{name}` | `{option}` | `{form.name}` | {sentences[name]} |")
    return "\n".join(lines)


MARKS: dict[str, Callable[[], str]] = {"commands": commands, "methods": methods, "search options": search_options}


def _commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """(words after `likewise`, command) of a group and all below it."""
    yield prefix.strip(), group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix} {name}")
        elif command is not None:
            yield f"{prefix} {name}".strip(), command


def _help(command: click.Command, name: str) -> str:
    return command.get_help(click.Context(command, info_name=f"likewise {name}".rstrip(), terminal_width=96))


def _parameter(parameter: inspect.Parameter) -> str:
    default = parameter.default
    value = ",".join(map(str, default)) if isinstance(default, tuple | list) else str(default)
    return f"{parameter.name}={value.lower() if default is None or isinstance(default, bool) else value}"
