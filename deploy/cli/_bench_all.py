"""Everything that compares Likewise with others, in one go: `likewise bench all`."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.parsing import parse_numbers

from . import _bench_growth, _bench_speed


@click.command("all")
@click.argument("catalog", type=click.Path(exists=True, path_type=Path))
@click.argument("index", type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="bench", help="Folder to write to.")
@options.option("--sizes", default="10000,44000", help="Numbers of products to search, comma-separated.")
@options.option("--growth", default="10000,44000,200000,1000000", help="Numbers of products to build, update and open.")
@options.option("--images", type=click.IntRange(32), default=256, help="How many of the catalog's images to encode.")
@options.option("--earlier/--no-earlier", default=True, help="Whether to build with the settings of 0.1 as well.")
@click.pass_context
def everything(
    context: click.Context, catalog: Path, index: Path, out: Path, sizes: str, growth: str, images: int, earlier: bool
) -> None:
    """Measure encoding, searching and growth beside every alternative, and put all on one page.

    CATALOG is a folder of products whose pictures are encoded, INDEX the folder of an index whose products are imitated
    in any number. What the folder of results already holds is not measured again: a run that was stopped goes on.
    """
    from likewise.evaluation.benchmarks import page

    # Hours later is too late for a typing error.
    for option, text in (("--sizes", sizes), ("--growth", growth)):
        parse_numbers(text, "10000,44000", option)
    if not (out / "encoding.json").is_file():
        context.invoke(_bench_speed.ingest, catalog=catalog, images=images, out=out)
    context.invoke(_bench_speed.search, index=index, out=out, sizes=sizes)
    context.invoke(_bench_growth.million, index=index, out=out, sizes=growth, earlier=earlier)
    path = out / "index.html"
    page.write(out, path)
    click.echo(f"All on one page: {path}")
