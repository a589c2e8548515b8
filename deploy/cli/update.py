"""`likewise update`."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

from .ingest import text


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.store
@options.ids
@options.weights
@options.cache
@options.lock_timeout
@options.as_json
def update(
    catalog: Path,
    store: str,
    ids: tuple[str, ...],
    weights: Path | None,
    cache: Path | None,
    lock_timeout: float,
    as_json: bool,
) -> None:
    """Add or change the products of CATALOG that have these ids, and no others.

    They become a version of their own, placed by the model that is there, which `likewise index rollback` undoes.
    How the catalog is read, and all else, is as the index has it.

    \b
    likewise update shop/ --store index/ --id 15970
    likewise update products.parquet --store http://qdrant:6333/shop --id A-1 --id A-2
    """
    from likewise.ingest import Job, Rules, open_store, update_products

    with closing(open_store(store, patient=True)) as opened:
        job = Job(catalog, opened, rules=Rules(lock_timeout=lock_timeout), weights=weights, cache=cache)
        outcome = update_products(job, ids, progress())
    click.echo(json.dumps(outcome.to_dict()) if as_json else text(outcome, store))
