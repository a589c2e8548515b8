"""`likewise ingest`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.ingest.index.stores.server import ServerOptions
    from likewise.ingest.pipeline import IngestReport


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.store
@options.catalog
@options.encoder
@options.recipe
@options.server
@options.option("--prune-missing", is_flag=True, help="Remove products that the catalog no longer has.")
@options.option("--refit", is_flag=True, help="Fit a new model even if the one in use could go on.")
@options.option("--no-publish", is_flag=True, help="Commit the version, but keep searches on the current one.")
@options.as_json
def ingest(
    catalog: Path,
    store: str,
    server: ServerOptions | None,
    prune_missing: bool,
    refit: bool,
    no_publish: bool,
    as_json: bool,
    **settings: Any,  # noqa: ANN401 - click's options
) -> None:
    """Index CATALOG: a folder with styles.csv and images/, or a .csv or .parquet table.

    An index that is there is updated: what is new is added, what differs is changed, and only new images are
    encoded. Its model stays, unless an option or --refit asks for another one.

    \b
    likewise ingest shop/ --store index/
    likewise ingest products.parquet --id-column sku --image-column photo --store index/
    likewise ingest shop/ --store http://qdrant:6333/shop --prune-missing
    """
    from likewise.deploy.build import Build
    from likewise.ingest.index.stores import open_store
    from likewise.ingest.pipeline import ingest as run

    opened, bars = open_store(store, create=True, patient=True, options=server), progress()
    build = Build.from_options(opened, progress=bars, anew=refit, **settings)
    report = run(
        catalog,
        opened,
        build.encoder,
        build.cache_folder,
        catalog_options=build.catalog_options,
        recipe=build.recipe,
        publish=not no_publish,
        prune_missing=prune_missing,
        refit=refit,
        progress=bars,
    )
    if as_json:
        click.echo(json.dumps(_facts(report)))
        return
    _print(report, store)


def _facts(report: IngestReport) -> dict[str, object]:
    facts: dict[str, object] = {
        "outcome": report.outcome,
        "version": report.version,
        "published": report.published,
        "products": report.products,
        "rejects": len(report.rejects),
        "encoded": report.encoded,
        "clusters": report.manifest.clusters,
    }
    if report.changes is not None:
        facts |= report.changes.counts()
    if report.drift is not None:
        facts["drift"] = report.drift.to_dict()
    return facts


def _print(report: IngestReport, store: str) -> None:
    state = "published" if report.published else "committed, not published"
    if report.outcome == "nothing":
        click.echo(f"Nothing to do: {report.version} holds these {report.products:,} products already.")
    else:
        click.echo(
            f"{report.version} {state}: {report.products:,} products, {len(report.rejects):,} rejects, "
            f"{report.encoded:,} images encoded."
        )
    if report.changes is not None and report.outcome != "nothing":
        click.echo("  " + ", ".join(f"{count:,} {name}" for name, count in report.changes.counts().items() if count))
    for reason, count in Counter(reject.reason for reject in report.rejects).most_common():
        click.echo(f"  {count:6,} {reason}")
    if report.rejects:
        click.echo(f"  each with its row and reason: likewise index info --store {store} --rejects")
    if report.drift is not None and report.drift.refit:
        click.echo(f"  The model is outgrown ({'; '.join(report.drift.reasons)}); run again with --refit.")
