"""Growth with the catalog: time, memory and disk. Commands of `likewise bench`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.parsing import parse_numbers


@click.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="scale", help="Folder to write to.")
@options.option("--sizes", default="5000,11000,22000,44000", help="Numbers of products, comma-separated.")
@options.option("--methods", help="Reducers and clusterers, comma-separated; all by default.")
def scale(out: Path, sizes: str, methods: str | None) -> None:
    """Fit time, map rate and peak memory of every reducer and clusterer, on synthetic features."""
    from likewise.evaluation.benchmarks import scale as measured

    counts = parse_numbers(sizes, "5000,11000")
    names = [name.strip() for name in methods.split(",")] if methods else None
    costs = measured.measure(out, sizes=counts, names=names, say=lambda line: click.echo(line, err=True))
    (out / "scale.md").write_text(measured.markdown(costs), "utf-8")
    measured.plot(costs, out / "scale.png")
    click.echo(measured.markdown(costs))


@click.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="rows", help="Folder to write to.")
@options.option("--sizes", default="10000,100000,1000000", help="Numbers of rows, comma-separated.")
@options.option("--formats", default="csv,parquet", help="Of the tables, comma-separated.")
def rows(out: Path, sizes: str, formats: str) -> None:
    """Time and memory of reading a long table and comparing it with an index of its rows."""
    from likewise.evaluation.benchmarks import rows as measured

    names = [name.strip() for name in formats.split(",")]
    costs = measured.measure(
        out, sizes=parse_numbers(sizes, "10000,100000"), formats=names, say=lambda line: click.echo(line, err=True)
    )
    (out / "rows.md").write_text(measured.markdown(costs), "utf-8")
    click.echo(measured.markdown(costs))


@click.command()
@click.argument("index", type=click.Path(path_type=Path))
@options.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default="million", help="Folder to write to."
)
@options.option("--sizes", default="10000,44000,200000,1000000", help="Numbers of products, comma-separated.")
@options.option("--earlier/--no-earlier", default=True, help="Whether to build with the settings of 0.1 as well.")
@options.as_json
def million(index: Path, out: Path, sizes: str, earlier: bool, as_json: bool) -> None:
    """Build, update and search indexes of many products like those of the index in the folder INDEX."""
    from likewise.evaluation.benchmarks import million as measured
    from likewise.evaluation.benchmarks import million_report as report
    from likewise.evaluation.benchmarks.kept import machine_of

    counts = parse_numbers(sizes, "200000,1000000")
    found = measured.measure(index, out, sizes=counts, earlier=earlier, say=lambda line: click.echo(line, err=True))
    text = report.markdown(found, machine_of(out / "million.json"))
    (out / "million.md").write_text(text, "utf-8")
    report.plot(found, out / "million.png")
    click.echo(json.dumps([dataclasses.asdict(each) for each in found]) if as_json else text, nl=as_json)
