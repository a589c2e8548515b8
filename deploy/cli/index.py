"""`likewise index`: the versions of a store."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import click

from likewise.deploy import options
from likewise.ingest.stores import Store, VersionInfo, open_store


@click.group()
def index() -> None:
    """List, inspect, publish, roll back and prune versions."""


@index.command("list")
@options.store
@options.as_json
def list_(store: str, as_json: bool) -> None:
    """All committed versions, oldest first; `*` marks the current one."""
    versions = open_store(store).versions()
    if as_json:
        rows = [{"version": found.name, "current": found.current, **_facts(found)} for found in versions]
        click.echo(json.dumps(rows))
        return
    for found in versions:
        manifest = found.manifest
        click.echo(
            f"{'*' if found.current else ' '} {found.name}  {manifest.created_at}  {manifest.products:>7,} products  "
            f"{manifest.encoder} -> {manifest.reducer.name} {manifest.dim}-d, "
            f"{manifest.clusterer.name} {len(manifest.clusters)}"
        )
    if not versions:
        click.echo(f"No version in {store} yet; run `likewise ingest CATALOG --store {store}`.")


@index.command()
@options.store
@options.version
@options.option("--rejects", is_flag=True, help="Print the version's rejects as CSV instead.")
def info(store: str, version: str | None, rejects: bool) -> None:
    """The manifest of the current version (or another), as JSON."""
    with open_store(store).open(version) as reader:
        if rejects:
            click.echo(reader.attachment("rejects.csv").decode("utf-8"), nl=False)
        else:
            click.echo(json.dumps(dataclasses.asdict(reader.manifest), indent=1, sort_keys=True))


@index.command()
@options.store
@click.argument("version")
def publish(store: str, version: str) -> None:
    """Make VERSION the one that searches read."""
    open_store(store).publish(version)
    click.echo(f"{version} is current.")


@index.command()
@options.store
def rollback(store: str) -> None:
    """Publish the version that was current before."""
    opened = open_store(store)
    left = opened.current()
    click.echo(f"{opened.rollback()} is current; {left} is kept.")


@index.command()
@options.store
@options.option("--keep", type=click.IntRange(1), default=3, help="How many of the newest versions to keep.")
def prune(store: str, keep: int) -> None:
    """Delete old versions; the current one always stays."""
    opened = open_store(store)
    deleted = prune_versions(opened, keep, click.echo)
    click.echo(f"{deleted} deleted, {len(opened.versions())} kept.")


def prune_versions(store: Store, keep: int, say: Callable[[str], object]) -> int:
    """Delete all but the newest `keep` versions and the current one; returns how many went."""
    doomed = [found for found in store.versions()[:-keep] if not found.current]
    for found in doomed:
        store.delete(found.name)
        say(f"deleted {found.name}")
    return len(doomed)


def _facts(found: VersionInfo) -> dict[str, object]:
    manifest = found.manifest
    return {
        "created_at": manifest.created_at,
        "products": manifest.products,
        "rejects": manifest.rejects,
        "encoder": manifest.encoder,
        "reducer": manifest.reducer.name,
        "dim": manifest.dim,
        "clusterer": manifest.clusterer.name,
        "clusters": len(manifest.clusters),
    }
