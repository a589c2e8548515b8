"""`likewise cache`: the features of pictures that were encoded."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.deploy import options

if TYPE_CHECKING:
    from likewise.ingest.features import CacheFile


@click.group()
def cache() -> None:
    """Show what is kept of encoded pictures, and make it smaller."""


@cache.command()
@options.cache
@options.as_json
def info(cache: Path | None, as_json: bool) -> None:
    """Encoders whose features are kept, with the number of pictures, the size, and when a run used them last."""
    folder, files = _files(cache)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "files": [_facts(each) for each in files]}))
        return
    for each in files:
        click.echo(
            f"{_name(each):28} {each.pictures:>10,} pictures x {each.dim:>5}  {_size(each.size):>10}   "
            f"used {each.used:%Y-%m-%d}"
        )
    click.echo(f"{_size(sum(each.size for each in files))} in {folder}.")


@cache.command()
@options.cache
@options.option(
    "--older-than", type=click.IntRange(1), metavar="DAYS", help="Encoders that no run has used for so long."
)
@options.option("--encoder", metavar="NAME", help="This encoder, by its name or the beginning of its fingerprint.")
@options.option(
    "--keep-for",
    multiple=True,
    metavar="STORE",
    help="Pictures that are in no version of these indexes; name all that you have, repeating the option.",
)
@options.option("--dry-run", is_flag=True, help="Only say what would go.")
@options.as_json
def prune(
    cache: Path | None,
    older_than: int | None,
    encoder: str | None,
    keep_for: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Delete features: what goes has to be encoded again when a catalog has it. Conditions are combined.

    \b
    likewise cache prune --older-than 90
    likewise cache prune --keep-for index/ --keep-for http://qdrant:6333/shop
    """
    from likewise.ingest.errors import ParameterError
    from likewise.ingest.features import keep_only

    if older_than is None and encoder is None and not keep_for:
        raise ParameterError("Say what may go: --older-than, --encoder or --keep-for.")
    folder, files = _files(cache)
    before = datetime.now(UTC) - timedelta(days=older_than or 0)
    named = [each for each in files if encoder is None or each.is_of(encoder)]
    chosen = [each for each in named if older_than is None or each.used < before]
    if not named and encoder is not None:
        known = ", ".join(_name(each) for each in files) or "none"
        raise ParameterError(f"No features of {encoder!r} are in {folder}. There are those of: {known}.")
    needed = _needed(keep_for)
    pictures = 0
    for each in chosen:
        pictures += keep_only(each, needed, dry_run=dry_run) if keep_for else each.pictures
        if not keep_for and not dry_run:
            each.remove()
    freed = sum(each.size for each in files) - sum(each.size for each in _files(cache)[1])
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "pictures": pictures, "bytes": freed, "dry_run": dry_run}))
        return
    what = "would go" if dry_run else f"deleted, {_size(freed)} freed"
    click.echo(f"Features of {pictures:,} pictures {what}, in {folder}.")


def _files(cache: Path | None) -> tuple[Path, list[CacheFile]]:
    from likewise.ingest.features import cache_files
    from likewise.ingest.user_cache import features_folder

    folder = cache or features_folder()
    return folder, cache_files(folder)


def _needed(stores: tuple[str, ...]) -> set[str]:
    """Content hashes of all pictures in any version of the stores."""
    from likewise.ingest.catalog import Payloads
    from likewise.ingest.index import open_store

    found: set[str] = set()
    for address in stores:
        with closing(open_store(address, patient=True)) as store:
            for version in store.versions():
                with store.open(version.name) as reader:
                    payloads = Payloads(reader.manifest.schema)
                    for record in reader.scroll():
                        found.update(payloads.contents(record.payload))
    return found


def _facts(file: CacheFile) -> dict[str, object]:
    return {
        "encoder": file.encoder,
        "precision": file.precision,
        "fingerprint": file.fingerprint,
        "dim": file.dim,
        "pictures": file.pictures,
        "bytes": file.size,
        "used": file.used.isoformat(timespec="seconds"),
    }


def _name(file: CacheFile) -> str:
    return f"{file.encoder} {file.precision}" if file.encoder else file.fingerprint


def _size(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
