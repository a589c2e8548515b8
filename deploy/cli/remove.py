"""`likewise remove`."""

from __future__ import annotations

import json
from contextlib import closing

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

from .ingest import text


@click.command()
@options.store
@options.ids
@options.lock_timeout
@options.as_json
def remove(store: str, ids: tuple[str, ...], lock_timeout: float, as_json: bool) -> None:
    """Take the products with these ids out of an index.

    That becomes a version of its own, which `likewise index rollback` undoes. A run with a catalog that still has
    these products brings them back.

    \b
    likewise remove --store index/ --id 15970
    """
    from likewise.ingest import Rules, open_store, remove_products

    with closing(open_store(store, patient=True)) as opened:
        outcome = remove_products(opened, ids, Rules(lock_timeout=lock_timeout), progress())
    click.echo(json.dumps(outcome.to_dict()) if as_json else text(outcome, store))
