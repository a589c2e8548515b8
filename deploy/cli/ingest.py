"""`likewise ingest`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.deploy.building import Building
    from likewise.ingest import Outcome
    from likewise.ingest.catalog import Schema

MOST_NAMES = 20
"""Columns that are named in one line."""


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.job
@options.keep
@options.option("--prune-missing", is_flag=True, help="Remove products that the catalog no longer has.")
@options.option("--refit", is_flag=True, help="Fit a new model even if the one in use could go on.")
@options.option("--no-publish", is_flag=True, help="Commit the version, but keep searches on the current one.")
@options.max_time
@options.dry_run
@options.as_json
def ingest(
    catalog: Path,
    building: Building,
    prune_missing: bool,
    refit: bool,
    no_publish: bool,
    max_time: float | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Index CATALOG: a folder with styles.csv and images/, or a .csv or .parquet table.

    An index that is there is updated: what is new is added, what differs is changed, and only new images are
    encoded. Its model stays, unless an option or --refit asks for another one.

    \b
    likewise ingest shop/ --store index/
    likewise ingest products.parquet --id-column sku --image-column photo --store index/
    likewise ingest shop/ --store http://qdrant:6333/shop --prune-missing
    """
    from likewise.deploy.deadline import Deadline
    from likewise.deploy.dry_run import show_plan
    from likewise.ingest import run

    rules = {"refit": "always" if refit else "changed", "publish": not no_publish, "prune_missing": prune_missing}
    if dry_run:
        show_plan(building, catalog, rules, as_json=as_json)
        return
    with closing(building.open_store()) as store, Deadline(progress(), max_time) as deadline:
        outcome = run(building.job(catalog, store, **rules), progress=deadline)
    click.echo(json.dumps(outcome.to_dict()) if as_json else text(outcome, building.address))


def text(outcome: Outcome, store: str) -> str:
    """What a run did, for people."""
    from likewise.ingest.catalog import count_reasons

    version = outcome.manifest.version
    if outcome.outcome == "nothing":
        lines = [f"Nothing to do: {version} holds these {outcome.products:,} products already."]
    else:
        state = "published" if outcome.published else "committed, not published"
        lines = [
            f"{version} {state}: {outcome.products:,} products, {len(outcome.rejects):,} rejects, "
            f"{outcome.encoded:,} images encoded."
        ]
        counts = ", ".join(f"{count:,} {name}" for name, count in outcome.changes.items() if count)
        lines += [f"  {counts}"] if counts else []
    lines += recognised_lines(outcome)
    reasons = count_reasons(outcome.rejects)
    lines += [f"  {count:6,} {reason}" for reason, count in reasons.most_common()]
    if outcome.rejects:
        lines.append(f"  each with its row and reason: likewise index info --store {store} --rejects")
    lines += schema_lines(outcome.schema_changes)
    lines += lowered_lines(outcome)
    lines += stale_lines(outcome)
    if outcome.warnings:
        lines.append(
            f"  {len(outcome.warnings):,} values were left out, each with its row and reason: "
            f"likewise index info --store {store} --warnings"
        )
    if outcome.outcome == "updated" and outcome.drift and outcome.drift["refit"]:
        lines.append(f"  The model is outgrown ({'; '.join(outcome.drift['reasons'])}); run again with --refit.")
    return "\n".join(lines)


def lowered_lines(outcome: Outcome) -> list[str]:
    """What a fit made less of than is usual, for people."""
    if outcome.outcome != "fitted":
        return []
    words = {"n_components": "component", "n_clusters": "cluster"}
    made = [
        f"{_counted(made, words[name])} instead of the usual {usual}" for name, (usual, made) in outcome.lowered.items()
    ]
    return [f"  {' and '.join(made)}: {_counted(outcome.products, 'product')} cannot have more"] if made else []


def stale_lines(outcome: Outcome) -> list[str]:
    """What was not fetched anew because its server did not answer, for people."""
    if not outcome.stale:
        return []
    pictures = _counted(outcome.stale, "picture")
    return [f"  the servers of {pictures} did not answer; the copies of an earlier run stand in"]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def recognised_lines(outcome: Outcome) -> list[str]:
    """What the catalog was taken for and, of a first version, its schema; for people."""
    lines = [f"  read as {outcome.recognised}"] if outcome.recognised else []
    return lines + (first_schema(outcome.manifest.schema) if outcome.first else [])


def first_schema(schema: Schema) -> list[str]:
    """The columns by type, and what they are for."""
    by_type: dict[str, list[str]] = {}
    for column in schema.columns:
        by_type.setdefault(column.type, []).append(column.name)
    lines = [f"  columns: {'; '.join(f'{kind} {_listed(names)}' for kind, names in by_type.items()) or 'none'}"]
    unfiltered = [name for name in schema.names if name not in schema.role("filtered")]
    if unfiltered:
        lines.append(f"  filtered: all but {_listed(unfiltered)} (--filterable COLUMN,… adds one)")
    scored, learned, category = (schema.role(role) for role in ("scored", "learned", "category"))
    also = " and, by --reducer attributes, learned" if scored == learned else ""
    drawn = f"; queries by {category[0]}" if category else ""
    lines.append(
        f"  scored{also}: {_listed(scored)}{drawn}"
        if scored
        else "  nothing is scored; --attributes COLUMN,… says what"
    )
    if learned and scored != learned:
        lines.append(f"  learned by --reducer attributes: {_listed(learned)}")
    return lines


def _listed(names: Sequence[str]) -> str:
    """Names, not more than a line or two of them."""
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES:,} more"


def schema_lines(changes: Mapping[str, Any]) -> list[str]:
    """What became of the columns, for people."""
    words = {"added": "new columns", "vanished": "columns that the catalog no longer has"}
    lines = [f"  {word}: {', '.join(changes[what])}" for what, word in words.items() if what in changes]
    retyped = changes.get("retyped", {})
    lines += [f"  {name} was of type {old} and is now {new}" for name, (old, new) in retyped.items()]
    return lines
