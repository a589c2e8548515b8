"""Speed: encoding, searching, serving. Commands of `likewise bench`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.parsing import parse_numbers


@click.command()
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


@click.command()
@click.argument("index", type=click.Path(path_type=Path))
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="bench", help="Folder to write to.")
@options.option("--sizes", default="10000,44000", help="Numbers of products, comma-separated.")
@options.option("--ways", help="Of searching, comma-separated; all by default.")
@options.as_json
def search(index: Path, out: Path, sizes: str, ways: str | None, as_json: bool) -> None:
    """A search by id beside numpy, scikit-learn, faiss and others, among products like those of the folder INDEX."""
    from likewise.evaluation.benchmarks import search as measured
    from likewise.evaluation.benchmarks import search_table as shown
    from likewise.evaluation.benchmarks.kept import machine_of

    counts, names = parse_numbers(sizes, "10000,44000"), [each.strip() for each in ways.split(",")] if ways else None
    found = measured.measure(index, out, sizes=counts, ways=names, say=lambda line: click.echo(line, err=True))
    text = shown.markdown(found, machine_of(out / "search.json"), measured.left_out(counts, names))
    (out / "search.md").write_text(text, "utf-8")
    shown.plot(found, out / "search.png")
    click.echo((out / "search.json").read_text("utf-8") if as_json else text, nl=False)


@click.command()
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


@click.command()
@options.option("--products", type=click.IntRange(100), default=44_000, help="Synthetic products to search.")
@options.option("--pictures", type=click.IntRange(2), default=3, help="Of each.")
@options.as_json
def pictures(products: int, pictures: int, as_json: bool) -> None:
    """A point a product against a point a picture, where products have several pictures."""
    from likewise.evaluation.benchmarks import pictures as measured

    found = measured.measure(products, pictures)
    click.echo(json.dumps([dataclasses.asdict(each) for each in found]) if as_json else measured.markdown(found))


@click.command()
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
