"""`likewise demo`."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.progress import progress


@click.command()
@options.option("--out", type=click.Path(file_okay=False, path_type=Path), default="demo", help="Folder to work in.")
@options.option("--products", type=click.IntRange(150, 20_000), default=400, help="How many products to draw.")
@options.seed
def demo(out: Path, products: int, seed: int) -> None:
    """Draw a sample catalog, index it, search it, write a contact sheet, and score it."""
    from likewise.evaluation import protocol
    from likewise.evaluation.scoring import MEAN
    from likewise.ingest import Job, RecipeOptions, RejectLimit, Rules, run
    from likewise.ingest.demo import draw_catalog
    from likewise.ingest.index import open_store
    from likewise.search import SearchClient
    from likewise.search.sheet import write_sheet

    catalog, index, sheet = out / "catalog", out / "index", out / "hits.png"
    bars = progress()
    with bars.stage("draw products", products) as advance:
        draw_catalog(catalog, count=products, seed=seed, progress=lambda *_: advance(1))
    rules = Rules(prune_missing=True, reject_limit=RejectLimit.parse("0"))
    outcome = run(Job(catalog, open_store(index, create=True), RecipeOptions(seed=seed), rules), progress=bars)
    with SearchClient.open(index) as client:
        queries = protocol.sample_queries(client, per_category=50, seed=seed)
        shown = [ids[0] for ids in queries.values()] + [ids[1] for ids in queries.values()]
        write_sheet(sheet, client, ids=shown, answers=client.similar_batch(shown))
        found = protocol.evaluate(client, queries, seed=seed)
    score = found.precision[MEAN]
    click.echo(
        f"\n{outcome.products} products indexed in {index}, {outcome.encoded} images encoded.\n"
        f"Precision@6 {score.value:.1f} % (95 % interval {score.low:.1f} to {score.high:.1f}, n = {score.n}); "
        f"a search takes {found.query_ms['p50']:.2f} ms.\n"
        f"Look at {sheet}: {len(shown)} products, each with the six most like it.\n\n"
        f"Next, with these products:\n"
        f"  likewise search --store {index} --id {shown[0]} --sheet hits.png\n"
        f"  likewise search --store {index} --image {catalog}/images/{shown[1]}.jpg --where gender=Women\n"
        f"and with your own (a folder with styles.csv and images/, or a CSV or Parquet table):\n"
        f"  likewise ingest products.csv --id-column sku --image-column photo --store index/\n"
        f"  likewise evaluate --store index/"
    )
