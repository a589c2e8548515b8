"""`likewise demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.evaluation.protocol import Evaluation
    from likewise.search import SearchClient

CATALOGS = ("fashion", "furniture", "groceries", "folder")


@click.command()
@options.option("--catalog", "name", type=click.Choice(CATALOGS), default=CATALOGS[0],
                envvar="LIKEWISE_DEMO_CATALOG",
                help="What to draw: fashion in the public layout, furniture in a CSV with prices, groceries in JSON "
                "lines with lists and dates, or a folder of pictures without a table.")  # fmt: skip
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="demo", help="Folder to work in.")
@options.option("--products", type=click.IntRange(1, 20_000), default=400, help="How many products to draw.")
@options.option("--draw-only", is_flag=True, help="Draw the catalog, and index nothing.")
@options.seed
def demo(name: str, out: Path, products: int, draw_only: bool, seed: int) -> None:
    """Draw a sample catalog, index it, search it, write a contact sheet, and score it.

    \b
    likewise demo
    likewise demo --catalog furniture --out furniture --products 120
    """
    from likewise.ingest import Job, RecipeOptions, RejectLimit, Rules, run
    from likewise.ingest.demo import CATALOGS as DRAWN
    from likewise.ingest.index import open_store
    from likewise.search import SearchClient
    from likewise.search.showing.sheet import write_sheet

    chosen = DRAWN[name]
    catalog, index, sheet = out / "catalog", out / "index", out / "hits.png"
    bars = progress()
    with bars.stage("draw products", products) as advance:
        chosen.draw(catalog, products, seed, lambda *_: advance(1))
    reading = f" {chosen.options}" if chosen.options else ""
    if draw_only:
        click.echo(f"{products} products drawn. Next:\n  likewise ingest {catalog}{reading} --store {index}")
        return
    rules = Rules(prune_missing=True, reject_limit=RejectLimit.parse("0"))
    recipe = RecipeOptions(seed=seed, reading=chosen.reading)
    outcome = run(Job(catalog, open_store(index, create=True), recipe, rules), progress=bars)
    with SearchClient.open(index) as client:
        shown, scores = _shown(client, seed)
        write_sheet(sheet, client, ids=shown, answers=client.similar_batch(shown))
        picture = catalog / client.payloads.images(client.get(shown[-1]))[0]
    click.echo(
        f"\n{outcome.products} products indexed in {index}, {outcome.encoded} images encoded.\n"
        f"{scores}\n"
        f"Look at {sheet}: {len(shown)} products, each with the six most like it.\n\n"
        f"Next, with these products:\n"
        f"  likewise search --store {index} --id {shown[0]} --sheet hits.png\n"
        f"  likewise search --store {index} --image {picture} --where '{chosen.where}'\n"
        f"  likewise index info --store {index}\n"
        f"again, as with a catalog of your own:\n"
        f"  likewise ingest {catalog}{reading} --store {index}\n"
        f"and with your own (a table of any kind, a feed, or a folder of pictures):\n"
        f"  likewise ingest products.csv --id-column sku --image-column photo --store index/\n"
        f"  likewise evaluate --store index/"
    )


def _shown(client: SearchClient, seed: int) -> tuple[list[str], str]:
    """Products for the contact sheet, two of each category, and what the index scores, in words."""
    from likewise.evaluation import protocol
    from likewise.ingest.errors import ParameterError

    try:
        queries = protocol.sample_queries(client, per_category=50, seed=seed)
    except ParameterError as error:
        return sorted(client.ids())[:6], f"Not scored: {error}"
    found = protocol.evaluate(client, queries, seed=seed)
    shown = [ids[at] for at in (0, 1) for ids in queries.values() if len(ids) > at]
    return shown[:12], _words(found, client.manifest.schema.role("scored"))


def _words(found: Evaluation, scored: tuple[str, ...]) -> str:
    from likewise.evaluation.scoring import MEAN

    score = found.precision[MEAN]
    return (
        f"Precision@6 on {', '.join(scored)}: {score.value:.1f} % (95 % interval {score.low:.1f} to {score.high:.1f}, "
        f"n = {score.n}); a search takes {found.query_ms['p50']:.2f} ms."
    )
