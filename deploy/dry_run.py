"""What a run would do, on the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.deploy.building import Building
    from likewise.ingest import Plan


def show_plan(building: Building, catalog: Path, rules: Mapping[str, Any], *, as_json: bool) -> None:
    """Compare an index with a catalog under the rules of a run, and print what the run would do."""
    from likewise.ingest import plan

    with closing(building.open_store()) as store:
        found = plan(building.job(catalog, store, **rules), progress())
    click.echo(json.dumps(found.to_dict()) if as_json else text(found))


def text(plan: Plan) -> str:
    """A plan, for people."""
    from likewise.ingest.catalog import count_reasons

    counts = ", ".join(f"{count:,} {name}" for name, count in plan.changes.items() if count)
    lines = [
        {
            "nothing": f"Nothing would be done: {plan.version} holds these {plan.products:,} products already.",
            "updated": f"{plan.version} would be updated: {plan.products:,} products.",
            "fitted": f"A model would be fitted ({plan.reason}): {plan.products:,} products.",
        }[plan.outcome]
    ]
    lines += [f"  {counts}"] if counts else []
    lines.append(f"  read as {plan.recognised}")
    lines.append(f"  {plan.encode:,} images to encode")
    reasons = count_reasons(plan.rejects)
    lines += [f"  {count:,} rejected: {reason}" for reason, count in reasons.most_common()]
    lines.append(f"  about {_times(plan.seconds)}{_TO_COME[plan.outcome]}")
    if plan.outcome == "updated" and plan.measured < 1:
        lines.append(
            f"  Whether the catalog has outgrown its model is known of {plan.measured:.0%} of the products, those "
            "that are encoded: the run itself may fit a new one."
        )
    lines.append("Nothing was written.")
    return "\n".join(lines)


_TO_COME = {"nothing": ", all of it to look", "updated": "; checks not counted", "fitted": "; checks not counted"}


def _times(seconds: Mapping[str, float | None]) -> str:
    known = sum(value for value in seconds.values() if value is not None)
    unknown = [stage for stage, value in seconds.items() if value is None]
    parts = ", ".join(f"{stage} {duration(value)}" for stage, value in seconds.items() if value is not None)
    more = f", and what this index has no precedent for: {', '.join(unknown)}" if unknown else ""
    return f"{duration(known)} ({parts}){more}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, as one says them."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
