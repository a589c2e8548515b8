"""`likewise bench`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from likewise.deploy import options


@click.group()
def bench() -> None:
    """Measure speed against the alternative, in one run."""


@bench.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.option("--encoder", "encoders", multiple=True, default=("resnet50", "resnet50-rich"), envvar=None,
                help="Repeat it for several.")  # fmt: skip
@options.option("--precision", "precisions", multiple=True, type=click.Choice(["fp32", "bf16", "int8"]), envvar=None,
                default=("fp32", "bf16", "int8"), help="Repeat it for several.")  # fmt: skip
@options.option("--images", type=click.IntRange(32), default=256, help="How many of its images to encode.")
@options.option("--rounds", type=click.IntRange(1), default=3, help="How often each way runs.")
@options.option("--whole", "wholes", multiple=True, type=click.Choice(["fp32", "bf16", "int8"]), envvar=None,
                help="Ingest the whole catalog in this precision, too; repeat it for several.")  # fmt: skip
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for table, figures and plot.")
@options.as_json
def ingest(
    catalog: Path,
    encoders: tuple[str, ...],
    precisions: tuple[str, ...],
    images: int,
    rounds: int,
    wholes: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Encode the images of CATALOG by an ingest in each precision, and as others do it."""
    from likewise.evaluation.benchmarks import encoding as measured
    from likewise.evaluation.benchmarks import encoding_table as shown

    found = [
        measured.measure(
            catalog, encoder=encoder, precisions=precisions, images=images, rounds=rounds, wholes=wholes,
            say=lambda line: click.echo(line, err=True),
        )
        for encoder in encoders
    ]  # fmt: skip
    figures = json.dumps([dataclasses.asdict(each) for each in found])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "encoding.json").write_text(figures + "\n", "utf-8")
        (out / "encoding.md").write_text(shown.markdown(found), "utf-8")
        shown.plot(found, out / "encoding.png")
    click.echo(figures if as_json else shown.markdown(found))


@bench.command()
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


@bench.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="scale", help="Folder to write to.")
@options.option("--sizes", default="5000,11000,22000,44000", help="Numbers of products, comma-separated.")
@options.option("--methods", help="Reducers and clusterers, comma-separated; all by default.")
def scale(out: Path, sizes: str, methods: str | None) -> None:
    """Fit time, map rate and peak memory of every reducer and clusterer, on synthetic features."""
    from likewise.evaluation.benchmarks import scale as measured

    counts = _numbers(sizes, "5000,11000")
    names = [name.strip() for name in methods.split(",")] if methods else None
    costs = measured.measure(out, sizes=counts, names=names, say=lambda line: click.echo(line, err=True))
    (out / "scale.md").write_text(measured.markdown(costs), "utf-8")
    measured.plot(costs, out / "scale.png")
    click.echo(measured.markdown(costs))


@bench.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="rows", help="Folder to write to.")
@options.option("--sizes", default="10000,100000,1000000", help="Numbers of rows, comma-separated.")
@options.option("--formats", default="csv,parquet", help="Of the tables, comma-separated.")
def rows(out: Path, sizes: str, formats: str) -> None:
    """Time and memory of reading a long table and comparing it with an index of its rows."""
    from likewise.evaluation.benchmarks import rows as measured

    names = [name.strip() for name in formats.split(",")]
    costs = measured.measure(
        out, sizes=_numbers(sizes, "10000,100000"), formats=names, say=lambda line: click.echo(line, err=True)
    )
    (out / "rows.md").write_text(measured.markdown(costs), "utf-8")
    click.echo(measured.markdown(costs))


@bench.command()
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


@bench.command()
@options.option("--products", type=click.IntRange(100), default=44_000, help="Synthetic products to search.")
@options.as_json
def prior(products: int, as_json: bool) -> None:
    """How much longer a search with a prior on attributes takes than plain cosine."""
    from likewise.evaluation.benchmarks.prior import measure

    cost = measure(products)
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(cost), "ratio": cost.ratio}))
        return
    click.echo(
        f"{cost.products:,} products: cosine {cost.cosine_ms:.2f} ms, with a prior {cost.prior_ms:.2f} ms, "
        f"ratio {cost.ratio:.2f}"
    )


@bench.command()
@options.option("--products", type=click.IntRange(100), default=44_000, help="Synthetic products to search.")
@options.option("--pictures", type=click.IntRange(2), default=3, help="Of each.")
@options.as_json
def pictures(products: int, pictures: int, as_json: bool) -> None:
    """A point a product against a point a picture, where products have several pictures."""
    from likewise.evaluation.benchmarks import pictures as measured

    found = measured.measure(products, pictures)
    click.echo(json.dumps([dataclasses.asdict(each) for each in found]) if as_json else measured.markdown(found))


@bench.command()
@click.argument("index", type=click.Path(path_type=Path))
@options.option("--catalog", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar=None,
                help="Folder of its pictures, where it is not where it was at the ingest.")  # fmt: skip
@options.option("--workers", type=click.IntRange(1), default=2, envvar=None, help="Processes of the service.")
@options.option("--seconds", type=click.IntRange(1), default=10, help="Of each measurement.")
@options.option("--minutes", type=click.FloatRange(0), default=0.0, help="Of the mixed load; 0 leaves it out.")
@options.as_json
def load(index: Path, catalog: Path | None, workers: int, seconds: int, minutes: float, as_json: bool) -> None:
    """What a service of the index in the folder INDEX bears, asked by wrk and by 32 clients on this machine."""
    from likewise.evaluation.benchmarks import load as measured

    found = measured.measure(
        index, catalog=catalog, workers=workers, seconds=seconds, minutes=minutes,
        say=lambda line: click.echo(line, err=True),
    )  # fmt: skip
    click.echo(json.dumps(dataclasses.asdict(found)) if as_json else measured.markdown(found), nl=as_json)


@bench.command()
@click.argument("index", type=click.Path(path_type=Path))
@options.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default="million", help="Folder to write to."
)
@options.option("--size", default="10000,44000,200000,1000000", help="Numbers of products, comma-separated.")
@options.option("--earlier/--no-earlier", default=True, help="Whether to build with the settings of 0.1 as well.")
@options.as_json
def million(index: Path, out: Path, size: str, earlier: bool, as_json: bool) -> None:
    """Build, update and search indexes of many products like those of the index in the folder INDEX."""
    from likewise.evaluation.benchmarks import million as measured
    from likewise.evaluation.benchmarks import million_report as report

    sizes = _numbers(size, "200000,1000000")
    found = measured.measure(index, out, sizes=sizes, earlier=earlier, say=lambda line: click.echo(line, err=True))
    text = report.markdown(found, measured.machine_of(out))
    (out / "million.md").write_text(text, "utf-8")
    report.plot(found, out / "million.png")
    click.echo(json.dumps([dataclasses.asdict(each) for each in found]) if as_json else text, nl=as_json)


@bench.command()
@click.argument("index", type=click.Path(path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="bench", help="Folder to write to.")
@options.option("--sizes", default="10000,44000", help="Numbers of products, comma-separated.")
@options.option("--ways", help="Of searching, comma-separated; all by default.")
@options.as_json
def search(index: Path, out: Path, sizes: str, ways: str | None, as_json: bool) -> None:
    """A search by id beside numpy, scikit-learn, faiss and others, among products like those of the folder INDEX."""
    from likewise.evaluation.benchmarks import search as measured
    from likewise.evaluation.benchmarks import search_table as shown

    counts, names = _numbers(sizes, "10000,44000"), [each.strip() for each in ways.split(",")] if ways else None
    found = measured.measure(index, out, sizes=counts, ways=names, say=lambda line: click.echo(line, err=True))
    text = shown.markdown(found, measured.machine_of(out), measured.left_out(counts, names))
    (out / "search.md").write_text(text, "utf-8")
    shown.plot(found, out / "search.png")
    click.echo((out / "search.json").read_text("utf-8") if as_json else text, nl=False)


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


@bench.command()
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


def _numbers(sizes: str, example: str) -> list[int]:
    """The numbers of `--sizes`.

    Raises:
        ParameterError: it is something else.
    """
    from likewise.ingest.errors import ParameterError

    try:
        return [int(size) for size in sizes.split(",")]
    except ValueError:
        raise ParameterError(f"--sizes takes numbers such as {example}; received {sizes!r}.") from None
