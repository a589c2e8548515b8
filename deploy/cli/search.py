"""`likewise search`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options
from likewise.deploy.search_options import search_options
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import Manifest
from likewise.search import Hit, Hits, SearchClient, SearchOptions
from likewise.search.showing.rendering import Caption, answer_as_json, one_line

if TYPE_CHECKING:
    from likewise.deploy.serving import Serving


@click.command()
@options.store
@options.version
@options.option("--id", "ids", multiple=True, help="An indexed product; repeat for several.")
@options.option("--image", "images", multiple=True, metavar="FILE", help="A picture; repeat for several.")
@options.option(
    "--liked", multiple=True, metavar="ID", help="A product that hits are to be like, together with others."
)
@options.option("--liked-image", "liked_images", multiple=True, metavar="FILE", help="The same for a picture.")
@options.option("--disliked", multiple=True, metavar="ID", help="With --liked: a product that hits are to be unlike.")
@options.option("--disliked-image", "disliked_images", multiple=True, metavar="FILE", help="The same for a picture.")
@search_options()
@options.rules
@options.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write the hits as a picture.")
@options.option(
    "--catalog",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --sheet: where the images are now.",
)
@options.option("--open", "on_page", is_flag=True, help="Show the hits on the page, in your browser.")
@options.weights
@options.stand_in
@options.as_json
def search(
    store: str,
    version: str | None,
    ids: tuple[str, ...],
    images: tuple[str, ...],
    searching: SearchOptions,
    rules: Path | None,
    sheet: Path | None,
    catalog: Path | None,
    on_page: bool,
    weights: Path | None,
    stand_in: bool,
    as_json: bool,
    **examples: tuple[str, ...],
) -> None:
    """Find the products that look most like one.

    \b
    likewise search --store index/ --id 15970 --where gender=Men --probe 2
    likewise search --store index/ --image photo.jpg --sheet hits.png
    likewise search --store index/ --liked 15970 --liked 1164 --disliked 2001 --diversity 0.3
    """
    liked, disliked = (_examples(examples, word) for word in ("liked", "disliked"))
    names = [*ids, *images, *([", ".join(map(str, liked))] if liked else [])]
    if disliked and not liked:
        raise ParameterError("--disliked needs something that is liked: give --liked too.")
    if not names:
        raise ParameterError("Nothing to search for: give --id, --image or --liked.")
    if on_page:
        if version is not None:
            raise ParameterError("The page shows the current version; leave out --version.")
        served = dataclasses.replace(_served(store, rules, catalog, weights), stand_in=stand_in)
        _open(served, searching, ids, images, examples)
        return
    with SearchClient.open(
        store, version=version, weights=weights, stand_in=stand_in, rules=rules, warm=False
    ) as client:
        answers = [
            *client.similar_batch(ids, options=searching),
            *client.similar_to_image_batch(images, options=searching),
            *([client.recommend(liked, disliked, options=searching)] if liked else []),
        ]
        if as_json:
            rows = [{"query": name, **answer_as_json(hits)} for name, hits in zip(names, answers, strict=True)]
            click.echo(json.dumps(rows))
        else:
            for name, hits in zip(names, answers, strict=True):
                _print(name, hits, client.manifest, searching.offset + 1)
        if sheet is not None:
            from likewise.search.showing.sheet import write_sheet

            write_sheet(sheet, client, ids=ids, images=images, liked=liked, answers=answers, catalog=catalog)
            click.echo(f"wrote {sheet}", err=True)


def _examples(options: Mapping[str, Sequence[str]], word: str) -> list[str | Path]:
    return [*options[word], *map(Path, options[f"{word}_images"])]


def _served(store: str, rules: Path | None, catalog: Path | None, weights: Path | None) -> Serving:
    from likewise.deploy.serving import Serving
    from likewise.search.service.settings import Settings

    return Serving(store, Settings(direct="://" not in store, catalog=catalog), weights=weights, rules=rules)


def _open(
    serving: Serving,
    searching: SearchOptions,
    ids: Sequence[str],
    images: Sequence[str],
    examples: Mapping[str, Sequence[str]],
) -> None:
    from likewise.deploy.opening import open_page, page_parameters

    if len(ids) + len(images) > 1 or examples["liked_images"] or examples["disliked_images"]:
        raise ParameterError("--open shows one search: by one --id or one --image, with --liked and --disliked ids.")
    parameters = page_parameters(searching, ids, examples["liked"], examples["disliked"])
    open_page(serving, parameters, Path(images[0]) if images else None)


def _print(name: str, hits: Hits, manifest: Manifest, first: int) -> None:
    click.echo(f"like {name}:")
    if not hits and manifest.products == 1:
        click.echo("  nothing is like it: the index has one product")
    elif not hits:
        click.echo("  nothing in the catalog is like it; loosen --where or --threshold, or raise --probe")
    captions = [Caption.of(hit.payload, manifest.schema) for hit in hits]
    facts = [one_line(caption.facts) for caption in captions]
    widest = max((len(hit.id) for hit in hits), default=0), max(map(len, facts), default=0)
    for rank, (hit, fact, caption) in enumerate(zip(hits, facts, captions, strict=True), first):
        # Of several pictures, the one that matched.
        picture = "" if hit.image is None else f"  [{hit.image}]"
        words = f"{fact:{widest[1]}}  {one_line(caption.title)}{picture}"
        click.echo(f"  {rank:2}  {hit.score:.3f}  {hit.id:{widest[0]}}  {words}{_why(hit)}".rstrip())
    for obstacle in hits.short.without if hits.short else ():
        click.echo(f"  without {one_line(obstacle.condition)}: {obstacle.count:,} products")


def _why(hit: Hit) -> str:
    """What a reader would else wonder at: a place that is a rule's, or a condition that is not met."""
    reasons = [f"rule {hit.rule!r}"] if hit.rule else []
    reasons += [f"not {one_line(condition)}" for condition in hit.dropped]
    return f"  ({', '.join(reasons)})" if reasons else ""
