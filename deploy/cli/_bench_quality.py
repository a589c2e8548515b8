"""Quality: what precisions, labels and splits do to recommendations. Commands of `likewise bench`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from likewise.deploy import options


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("others", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.cache
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for table and figures.")
@options.as_json
def precision(reference: Path, others: tuple[Path, ...], cache: Path | None, out: Path | None, as_json: bool) -> None:
    """Whether indexes of one catalog in OTHERS recommend as well as the one in REFERENCE, by a paired test."""
    from likewise.evaluation.benchmarks import precisions as measured

    found = measured.measure(reference, others, cache=cache)
    figures = json.dumps([dataclasses.asdict(each) for each in found])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "precision.json").write_text(figures + "\n", "utf-8")
        (out / "precision.md").write_text(measured.markdown(found), "utf-8")
    click.echo(figures if as_json else measured.markdown(found))


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="labels", help="Folder to write to.")
@options.cache
@options.option("--seeds", type=click.IntRange(1), default=3, help="Splits; figures are means over them.")
@options.option("--per-category", type=click.IntRange(10), default=250, help="Queries of each category in a split.")
@options.as_json
def labels(catalog: Path, out: Path, cache: Path | None, seeds: int, per_category: int, as_json: bool) -> None:
    """What each part of the learned reducer adds on CATALOG, and what missing or wrong labels cost it."""
    from likewise.deploy.progress import progress
    from likewise.evaluation.study import labels as measured
    from likewise.evaluation.study import labels_report as report
    from likewise.evaluation.study.labels_products import Products
    from likewise.ingest import Recipe, Rules
    from likewise.ingest.encoders import LazyEncoder
    from likewise.ingest.preparing import prepare
    from likewise.ingest.user_cache import features_folder

    bars = progress()
    encoder = LazyEncoder("resnet50-rich", progress=bars)
    encoded = prepare(catalog, Recipe(), encoder, cache or features_folder(), Rules(), bars)
    results = measured.measure(
        Products(encoded), out, seeds=seeds, per_category=per_category, say=lambda line: click.echo(line, err=True)
    )
    (out / "labels.md").write_text(report.markdown(results), "utf-8")
    report.plot(results, out / "labels.png")
    click.echo(measured.to_json(results) if as_json else report.markdown(results))


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for splits.json and table.md.")
@options.as_json
def splits(reports: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Put together REPORTS of `likewise compare --protocol held-out`, each with a --seed of its own.

    The last of their --methods is compared to the others.
    """
    from likewise.evaluation.study import splits as measured

    read = measured.read(reports)
    summary, text = json.dumps(measured.records(read)), measured.markdown(read)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "splits.json").write_text(summary + "\n", "utf-8")
        (out / "table.md").write_text(text, "utf-8")
    click.echo(summary if as_json else text)
