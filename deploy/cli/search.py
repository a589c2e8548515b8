"""`likewise search`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.search_options import search_options
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Manifest
from likewise.search import Hit, SearchClient, SearchOptions
from likewise.search.rendering import Caption, hits_as_json, one_line


@click.command()
@options.store
@options.version
@options.option("--id", "ids", multiple=True, help="An indexed product; repeat for several.")
@options.option("--image", "images", multiple=True, metavar="FILE", help="A picture; repeat for several.")
@search_options()
@options.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write the hits as a picture.")
@options.option(
    "--catalog",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --sheet: where the images are now.",
)
@options.weights
@options.as_json
def search(
    store: str,
    version: str | None,
    ids: tuple[str, ...],
    images: tuple[str, ...],
    searching: SearchOptions,
    sheet: Path | None,
    catalog: Path | None,
    weights: Path | None,
    as_json: bool,
) -> None:
    """Find the products that look most like one.

    \b
    likewise search --store index/ --id 15970 --where gender=Men --probe 2
    likewise search --store index/ --image photo.jpg --sheet hits.png
    """
    names = [*ids, *images]
    if not names:
        raise ParameterError("Nothing to search for: give --id or --image.")
    with SearchClient.open(store, version=version, weights=weights) as client:
        by_id = client.similar_batch(ids, options=searching)
        answers = [*by_id, *client.similar_to_image_batch(images, options=searching)]
        if as_json:
            rows = [{"query": name, "hits": hits_as_json(hits)} for name, hits in zip(names, answers, strict=True)]
            click.echo(json.dumps(rows))
        else:
            for name, hits in zip(names, answers, strict=True):
                _print(name, hits, client.manifest)
        if sheet is not None:
            from likewise.search.sheet import write_sheet

            write_sheet(sheet, client, ids=ids, images=images, answers=answers, catalog=catalog)
            click.echo(f"wrote {sheet}", err=True)


def _print(name: str, hits: Sequence[Hit], manifest: Manifest) -> None:
    click.echo(f"like {name}:")
    if not hits and manifest.products == 1:
        click.echo("  nothing is like it: the index has one product")
    elif not hits:
        click.echo("  nothing in the catalog is like it; loosen --where or --threshold, or raise --probe")
    captions = [Caption.of(hit.payload, manifest.schema) for hit in hits]
    facts = [one_line(caption.facts) for caption in captions]
    widest = max((len(hit.id) for hit in hits), default=0), max(map(len, facts), default=0)
    for rank, (hit, fact, caption) in enumerate(zip(hits, facts, captions, strict=True), 1):
        # Of several pictures, the one that matched.
        picture = "" if hit.image is None else f"  [{hit.image}]"
        words = f"{fact:{widest[1]}}  {one_line(caption.title)}{picture}"
        click.echo(f"  {rank:2}  {hit.score:.3f}  {hit.id:{widest[0]}}  {words}".rstrip())
