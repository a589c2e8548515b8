"""`likewise search`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from likewise.deploy import options
from likewise.ingest.errors import ParameterError
from likewise.search import Hit, SearchClient
from likewise.search.filters import parse_where_options


@click.command()
@options.store
@options.version
@options.option("--id", "ids", multiple=True, help="An indexed product; repeat for several.")
@options.option("--image", "images", multiple=True, metavar="FILE", help="A picture; repeat for several.")
@options.k
@options.where
@options.probe
@options.option("--include-self", is_flag=True, help="With --id: also show the product itself.")
@options.option(
    "--threshold",
    type=options.ThresholdType(),
    help="Least score of a hit; `confident` shows nothing rather than what is unlike, where the index knows.",
)
@options.prior
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
    k: int,
    where: tuple[str, ...],
    probe: Any,  # noqa: ANN401 - int or "all"
    include_self: bool,
    threshold: Any,  # noqa: ANN401 - float or "confident"
    prior: float | None,
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
    if not ids and not images:
        raise ParameterError("Nothing to search for: give --id or --image.")
    chosen = parse_where_options(where)
    with _open(store, version, weights) as client:
        by_id = client.similar_batch(
            ids, k, where=chosen, probe=probe, include_self=include_self, score_threshold=threshold, prior=prior
        )
        by_image = client.similar_to_image_batch(
            [Path(image) for image in images], k, where=chosen, probe=probe, score_threshold=threshold, prior=prior
        )
        names = [*ids, *images]
        found = [*by_id, *by_image]
        if as_json:
            click.echo(json.dumps([_answer(name, hits) for name, hits in zip(names, found, strict=True)]))
        else:
            for name, hits in zip(names, found, strict=True):
                _print(name, hits)
        if sheet is not None:
            from likewise.search.sheet import write_sheet

            write_sheet(sheet, client, ids=ids, images=images, found=found, catalog=catalog)
            click.echo(f"wrote {sheet}", err=True)


def _open(store: str, version: str | None, weights: Path | None) -> SearchClient:
    if weights is None:
        return SearchClient.open(store, version=version)
    from likewise.ingest.encoders.base import create_encoder
    from likewise.ingest.index.stores import open_store

    opened = open_store(store)
    with opened.open(version) as reader:
        spec = reader.model().encoder
    encoder = create_encoder(spec.name, weights_file=weights, precision=spec.precision)
    return SearchClient.open(opened, version=version, encoder=encoder)


def _answer(name: str, hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "query": name,
        "hits": [{"id": hit.id, "score": round(hit.score, 6), "payload": hit.payload} for hit in hits],
    }


def _print(name: str, hits: Sequence[Hit]) -> None:
    click.echo(f"like {name}:")
    if not hits:
        click.echo("  nothing in the catalog is like it; loosen --where or --threshold, or raise --probe")
    width = max((len(hit.id) for hit in hits), default=0)
    for rank, hit in enumerate(hits, 1):
        facts = " · ".join(hit.payload[key] for key in ("gender", "articleType", "baseColour") if hit.payload.get(key))
        click.echo(
            f"  {rank:2}  {hit.score:.3f}  {hit.id:{width}}  {facts:38}  {hit.payload.get('productDisplayName', '')}"
        )
