"""`likewise ingest`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.store
@options.catalog
@options.encoder
@options.option("--reducer", default="pca", help="How features become index vectors.")
@options.option("--components", type=click.IntRange(1), default=100, help="Width of the index vectors.")
@options.option("--clusterer", default="kmeans", help="How index vectors are clustered.")
@options.option("--clusters", default="10", help="Number of clusters.")
@options.option("--batch-size", type=click.IntRange(1, 1024), default=32, help="Images encoded at once.")
@options.option("--no-publish", is_flag=True, help="Commit the version, but keep searches on the current one.")
@options.seed
@options.as_json
def ingest(catalog: Path, store: str, as_json: bool, **settings: Any) -> None:  # noqa: ANN401 - click's options
    """Index CATALOG: a folder with styles.csv and images/, or a .csv or .parquet table.

    \b
    likewise ingest shop/ --store index/
    likewise ingest products.parquet --id-column sku --image-column photo --store index/
    """
    from likewise.deploy.build import build
    from likewise.ingest.stores import open_store

    report = build(catalog, open_store(store, create=True), progress=progress(), **settings)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "version": report.version,
                    "published": report.published,
                    "products": report.products,
                    "rejects": len(report.rejects),
                    "encoded": report.encoded,
                    "clusters": report.manifest.clusters,
                }
            )
        )
        return
    state = "published" if report.published else "committed, not published"
    click.echo(
        f"{report.version} {state}: {report.products:,} products, {len(report.rejects):,} rejects, "
        f"{report.encoded:,} images encoded."
    )
    for reason, count in Counter(reject.reason for reject in report.rejects).most_common():
        click.echo(f"  {count:6,} {reason}")
    if report.rejects:
        click.echo(f"  each with its row and reason: likewise index info --store {store} --rejects")
