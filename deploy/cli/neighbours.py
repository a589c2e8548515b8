"""`likewise neighbours`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options
from likewise.deploy.progress import progress
from likewise.deploy.search_options import search_options
from likewise.search import SearchOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.search import Hit


@click.command()
@options.store
@options.version
@options.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write: .parquet, or .csv.",
)
@search_options(
    "k", "probe", "where", "score_threshold", "prior", "diversity", "group_by", "distinct", "boost", "fallback"
)
@options.rules
def neighbours(store: str, version: str | None, out: Path, searching: SearchOptions, rules: Path | None) -> None:
    """Write the neighbours of every product: id, rank (from 1), neighbour, score.

    For pages and mails that are made once and read often. The file appears when it is whole.

    \b
    likewise neighbours --store index/ --out all.parquet -k 6
    """
    from likewise.deploy.tables import TableFile
    from likewise.search import SearchClient
    from likewise.search.neighbours import all_neighbours

    bars, rows = progress(), 0
    with SearchClient.open(store, version=version, rules=rules) as client, TableFile(out) as file:
        manifest = client.manifest
        with bars.stage("search", manifest.products) as advance:
            for block in all_neighbours(client, searching):
                table = _table(block)
                file.write(table)
                rows += len(table)
                advance(len(block))
    click.echo(f"{rows:,} neighbours of {manifest.products:,} products of {manifest.version} in {out}.")


def _table(block: list[tuple[str, list[Hit]]]) -> pa.Table:
    import pyarrow as pa

    rows = [(name, rank, hit.id, hit.score) for name, hits in block for rank, hit in enumerate(hits, 1)]
    kinds = {"id": pa.string(), "rank": pa.int32(), "neighbour": pa.string(), "score": pa.float32()}
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)})
