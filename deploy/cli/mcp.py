"""`likewise mcp`."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from likewise.deploy import options
from likewise.ingest.errors import ParameterError


@click.command()
@options.store
@options.option(
    "--pictures",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder whose image files an assistant may search with. Default: none; it hands pictures over.",
)
@options.option(
    "--refresh",
    type=click.FloatRange(0.1),
    default=10.0,
    help="Seconds after which another current version is looked for.",
)
@options.option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    envvar="LIKEWISE_MCP_WHERE",
    help="Show only products that meet this, whatever an assistant asks for; repeat it.",
)
@options.rules
@options.weights
@options.stand_in
def mcp(
    store: str,
    pictures: Path | None,
    refresh: float,
    where: tuple[str, ...],
    rules: Path | None,
    weights: Path | None,
    stand_in: bool,
) -> None:
    """Offer searches to an assistant as tools, over the Model Context Protocol on standard input and output.

    It only reads. Assistants start it themselves; in their settings it is a command with its arguments:

    \b
    likewise mcp --store index/ --pictures ~/Pictures
    """
    from likewise.ingest.index import open_store
    from likewise.search.filtering.text_filters import parse_where_options
    from likewise.search.service.client import ServedClient
    from likewise.search.service.encoders import SharedEncoder
    from likewise.search.service.live_index import LiveIndex

    try:
        from likewise.search.assistants.server import create_server
    except ModuleNotFoundError as error:
        raise ParameterError(
            f"likewise mcp needs the package {error.name!r}; install it with `pip install 'likewise[mcp]'`."
        ) from None
    from likewise.search.assistants.tools import Tools

    # Standard output is the protocol's.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    always = parse_where_options(where) if where else None
    live = LiveIndex(
        lambda: open_store(store),
        SharedEncoder(weights, stand_in=stand_in),
        lambda reader, encoder: ServedClient(reader, encoder=encoder, always=always, rules=rules),
    )
    live.open()
    try:
        create_server(Tools(live, pictures=pictures, refresh=refresh)).run("stdio")
    finally:
        live.close()
