"""`likewise reindex`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

if TYPE_CHECKING:
    from likewise.deploy.reindex import Outcome
    from likewise.ingest.index.stores.server import ServerOptions


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.store
@options.catalog
@options.encoder
@options.recipe
@options.server
@options.option(
    "--refit",
    type=click.Choice(["drift", "always", "never"]),
    default="drift",
    help="Fit a new model when the catalog has outgrown the one in use, in any case (also where another release or "
    "encoder made the index), or never.",
)
@options.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    default=1.0,
    help="Refuse a version that may have lost more points of Precision@6 than this.",
)
@options.option(
    "--max-removed",
    type=click.FloatRange(0, 100),
    default=30.0,
    help="Refuse a version without more per cent of the products than this.",
)
@options.option("--keep", type=click.IntRange(1), default=3, help="How many of the newest versions to keep.")
@options.option("--keep-missing", is_flag=True, help="Keep products that the catalog no longer has.")
@options.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Append the run's JSON line to this.")
@options.as_json
def reindex(
    catalog: Path,
    store: str,
    server: ServerOptions | None,
    refit: str,
    max_drop: float,
    max_removed: float,
    keep: int,
    keep_missing: bool,
    log: Path | None,
    as_json: bool,
    **settings: Any,  # noqa: ANN401 - click's options
) -> None:
    """Bring an index up to today's CATALOG: the scheduler's command.

    Does the least that is needed: nothing, an update, or a refit. What was built is checked before searches read
    it, and refused (exit code 10) when it is broken or worse than what is there. One run at a time (7 while
    another one is under way); --log or --json gives one line of JSON a run, also of one that failed.

    \b
    likewise reindex shop/ --store index/ --log runs.jsonl
    likewise reindex shop/ --store http://qdrant:6333/shop --refit never --json
    """
    from likewise.deploy.build import Build
    from likewise.deploy.reindex import Outcome, Rules
    from likewise.deploy.reindex import reindex as run
    from likewise.ingest.errors import LikewiseError, ParameterError
    from likewise.ingest.index.stores import open_store

    bars = progress()
    outcome = Outcome()
    rules = Rules(refit, max_drop, max_removed / 100, keep, not keep_missing, settings["seed"])
    if log is not None:
        # Before the work, not after it: a run that cannot be logged is not started.
        try:
            log.open("a").close()
        except OSError as error:
            raise ParameterError(f"The log {log} cannot be written: {error.strerror}.") from error
    try:
        opened = open_store(store, create=True, patient=True, options=server)

        def build() -> Build:
            return Build.from_options(opened, progress=bars, anew=refit == "always", **settings)

        run(catalog, opened, build, rules, bars, outcome)
    except BaseException as error:
        outcome.error = str(error) if isinstance(error, LikewiseError) else type(error).__name__
        raise
    finally:
        line = json.dumps(outcome.to_dict())
        if log is not None:
            with log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        click.echo(line if as_json else _text(outcome))


def _text(outcome: Outcome) -> str:
    if outcome.outcome == "nothing":
        return f"Nothing to do: {outcome.version} holds today's {outcome.products:,} products already."
    if outcome.outcome in ("updated", "refitted"):
        counts = ", ".join(f"{count:,} {name}" for name, count in outcome.changes.items() if count)
        return (
            f"{outcome.version} {outcome.outcome} and published: {outcome.products:,} products"
            f"{f' ({counts})' if counts else ''}, {outcome.encoded:,} images encoded, {outcome.seconds:.0f} s."
        )
    return f"{outcome.outcome} after {outcome.seconds:.0f} s; searches read {outcome.version or 'nothing yet'}."
