"""`likewise bench`."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.deploy import options

from . import _bench_all, _bench_growth, _bench_quality, _bench_speed


@click.group()
def bench() -> None:
    """Measure speed against the alternative, in one run."""


@bench.command()
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File; index.html in RESULTS by default."
)
def page(results: Path, out: Path | None) -> None:
    """Put the tables and plots that the other commands left in the folder RESULTS on one page."""
    from likewise.evaluation.benchmarks import page as joined

    path = out or results / "index.html"
    names = joined.write(results, path)
    click.echo(f"{path}: {', '.join(names)}")


for command in (
    _bench_all.everything,
    _bench_speed.ingest,
    _bench_speed.search,
    _bench_speed.prior,
    _bench_speed.pictures,
    _bench_speed.load,
    _bench_growth.scale,
    _bench_growth.rows,
    _bench_growth.million,
    _bench_quality.precision,
    _bench_quality.labels,
    _bench_quality.splits,
):
    bench.add_command(command)
