"""`likewise index`: the versions of a store."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress
from likewise.ingest.catalog import REJECTS_FILE, WARNINGS_FILE
from likewise.ingest.index import VersionInfo, open_store, prune_versions


@click.group()
def index() -> None:
    """List, inspect, publish, roll back, prune, export and restore versions."""


@index.command("list")
@options.store
@options.as_json
def list_(store: str, as_json: bool) -> None:
    """All committed versions, oldest first; `*` marks the current one, `?` one that this release cannot read."""
    with closing(open_store(store)) as opened:
        versions = opened.versions()
    if as_json:
        rows = [{"version": found.name, "current": found.current, **_facts(found)} for found in versions]
        click.echo(json.dumps(rows))
        return
    for found in versions:
        click.echo(f"{'*' if found.current else ' '} {found.name}{_line(found)}")
    if not versions:
        click.echo(f"No version in {store} yet; run `likewise ingest CATALOG --store {store}`.")


@index.command()
@options.store
@options.version
@options.option("--rejects", is_flag=True, help="Print the version's rejects as CSV instead.")
@options.option("--warnings", is_flag=True, help="Print what of its products was left out as CSV instead.")
@options.as_json
def info(store: str, version: str | None, rejects: bool, warnings: bool, as_json: bool) -> None:
    """What the current version (or another) is: its model, its products, and its columns with what they are for.

    --json prints the whole manifest, or the rejects or warnings as a list.

    \b
    likewise index info --store index/
    likewise index info --store index/ --json
    likewise index info --store index/ --rejects
    """
    from likewise.deploy.index_info import noted, summary

    with closing(open_store(store)) as opened, opened.open(version) as reader:
        if rejects or warnings:
            name = REJECTS_FILE if rejects else WARNINGS_FILE
            there = name in reader.attachments()
            if as_json:
                click.echo(json.dumps([asdict(each) for each in noted(reader, name)]))
            else:
                click.echo(reader.attachment(name).decode("utf-8") if there else "", nl=False)
        elif as_json:
            click.echo(reader.manifest.to_json().rstrip())
        else:
            click.echo(summary(reader, current=opened.current() == reader.version, store=store))


@index.command()
@options.store
@click.argument("version")
def publish(store: str, version: str) -> None:
    """Make VERSION the one that searches read."""
    with closing(open_store(store, patient=True)) as opened:
        opened.publish(version)
    click.echo(f"{version} is current.")


@index.command()
@options.store
def rollback(store: str) -> None:
    """Publish the version that was current before."""
    with closing(open_store(store, patient=True)) as opened:
        left = opened.current()
        click.echo(f"{opened.rollback()} is current; {left} is kept.")


@index.command()
@options.store
@options.option("--keep", type=click.IntRange(1), default=3, help="How many of the published versions to keep.")
def prune(store: str, keep: int) -> None:
    """Delete old versions; the current one and a newer one that waits for a decision always stay."""
    with closing(open_store(store, patient=True)) as opened:
        deleted = prune_versions(opened, keep)
        for name in deleted:
            click.echo(f"deleted {name}")
        click.echo(f"{len(deleted)} deleted, {len(opened.versions())} kept.")


@index.command()
@options.store
@options.version
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(store: str, version: str | None, file: Path) -> None:
    """Write the current version (or another) to FILE: products, vectors, model, manifest, in one archive.

    The same file restores into a folder or a server. It holds no key and no path of this machine.
    """
    from likewise.ingest.index.archive import export_version

    with closing(open_store(store, patient=True)) as opened, opened.open(version) as reader:
        digest = export_version(reader, file, progress())
        click.echo(f"{reader.version}: {reader.manifest.products:,} products in {file} (sha256 {digest}).")


@index.command()
@options.store
@options.several(*options.layout)
@options.option("--sha256", metavar="HEX", help="Refuse any other file than the one with this hash.")
@options.option("--no-publish", is_flag=True, help="Commit the version, but keep searches on the current one.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(store: str, sha256: str | None, no_publish: bool, file: Path, **settings: Any) -> None:  # noqa: ANN401
    """Read FILE, which `export` wrote, as a new version of an index, and publish it."""
    from likewise.deploy.building import open_writable
    from likewise.deploy.parsing import used_layout
    from likewise.ingest.index import Layout
    from likewise.ingest.index.archive import restore_version

    chosen = used_layout(settings)
    layout = Layout(**chosen) if chosen else None
    with closing(open_writable(store, chosen)) as opened:
        version = restore_version(opened, file, progress(), sha256=sha256, layout=layout)
        if not no_publish:
            opened.publish(version)
    state = "committed, not published" if no_publish else "published"
    click.echo(f"{version} {state}: restored from {file}.")


def _line(found: VersionInfo) -> str:
    manifest = found.manifest
    if manifest is None:
        return f" ? {found.problem}"
    return (
        f"  {manifest.created_at}  {manifest.products:>7,} products  {manifest.encoder.name} -> "
        f"{manifest.reducer.name} {manifest.index_dim}-d, {manifest.clusterer.name} {len(manifest.clusters)}"
    )


def _facts(found: VersionInfo) -> dict[str, object]:
    manifest = found.manifest
    if manifest is None:
        return {"problem": found.problem}
    return {
        "created_at": manifest.created_at,
        "products": manifest.products,
        "rejects": manifest.rejects,
        "encoder": manifest.encoder.name,
        "reducer": manifest.reducer.name,
        "dim": manifest.index_dim,
        "clusterer": manifest.clusterer.name,
        "clusters": len(manifest.clusters),
    }
