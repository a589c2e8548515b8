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
@options.option("--images", type=click.IntRange(32), default=256, help="How many of its images to encode.")
@options.option("--rounds", type=click.IntRange(1), default=3, help="How often each side runs.")
@options.as_json
def ingest(catalog: Path, images: int, rounds: int, as_json: bool) -> None:
    """Encode the images of CATALOG by an ingest and by a plain eager PyTorch loop."""
    from likewise.evaluation.benchmarks.ingest import measure

    speed = measure(catalog, images=images, rounds=rounds)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(speed)))
        return
    click.echo(
        f"{speed.images} images: ingest {speed.likewise:.1f}/s, eager loop {speed.eager_loop:.1f}/s, "
        f"ratio {speed.ratio:.2f}"
    )


@bench.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="scale", help="Folder to write to.")
@options.option("--sizes", default="5000,11000,22000,44000", help="Numbers of products, comma-separated.")
@options.option("--methods", help="Reducers and clusterers, comma-separated; all by default.")
def scale(out: Path, sizes: str, methods: str | None) -> None:
    """Fit time, map rate and peak memory of every reducer and clusterer, on synthetic features."""
    from likewise.evaluation.benchmarks import scale as measured
    from likewise.ingest.errors import ParameterError

    try:
        counts = [int(size) for size in sizes.split(",")]
    except ValueError:
        raise ParameterError(f"--sizes takes numbers such as 5000,11000; received {sizes!r}.") from None
    names = [name.strip() for name in methods.split(",")] if methods else None
    costs = measured.measure(out, sizes=counts, names=names, say=lambda line: click.echo(line, err=True))
    (out / "scale.md").write_text(measured.markdown(costs), "utf-8")
    measured.plot(costs, out / "scale.png")
    click.echo(measured.markdown(costs))
