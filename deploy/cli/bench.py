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
