"""`likewise describe`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from likewise.deploy import options


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@options.store
@options.version
@options.option("--top", type=click.IntRange(1, 100), default=3, help="Values of each attribute.")
@options.weights
@options.stand_in
@options.as_json
def describe(
    images: tuple[Path, ...],
    store: str,
    version: str | None,
    top: int,
    weights: Path | None,
    stand_in: bool,
    as_json: bool,
) -> None:
    """Name the attributes that each of IMAGES shows, with their probabilities.

    The index must have been built with `--reducer attributes`.

    \b
    likewise describe photo.jpg --store index/
    """
    from likewise.search import SearchClient
    from likewise.search.showing.rendering import label

    with SearchClient.open(store, version=version, weights=weights, stand_in=stand_in, warm=False) as client:
        described = [(image, client.describe(image, top)) for image in images]
    if as_json:
        click.echo(json.dumps([{"image": str(image), "attributes": attributes} for image, attributes in described]))
        return
    for image, attributes in described:
        click.echo(f"{image}:")
        for name, values in attributes.items():
            click.echo(f"  {name:16} " + ", ".join(f"{label(value)} {100 * share:.0f} %" for value, share in values))
