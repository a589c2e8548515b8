"""`likewise reindex`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.deploy import options
from likewise.deploy.progress import progress

from .ingest import lowered_lines, recognised_lines, schema_lines, stale_lines

if TYPE_CHECKING:
    from likewise.deploy.building import Building
    from likewise.deploy.metrics import StageTimes
    from likewise.ingest import Outcome


@click.command()
@click.argument("catalog", type=click.Path(path_type=Path))
@options.job
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
@options.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Replace this file by the run's metrics, for Prometheus's textfile collector.",
)
@options.max_time
@options.dry_run
@options.as_json
def reindex(
    catalog: Path,
    building: Building,
    refit: str,
    max_drop: float,
    max_removed: float,
    keep: int,
    keep_missing: bool,
    log: Path | None,
    metrics: Path | None,
    max_time: float | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring an index up to today's CATALOG: the scheduler's command.

    Does the least that is needed: nothing, an update, or a fit. What was built is checked before searches read
    it, and refused (exit code 10) when it is broken or worse than what is there. One run at a time (7 while
    another one is under way); --log or --json gives one line of JSON a run, also of one that failed.

    \b
    likewise reindex shop/ --store index/ --log runs.jsonl
    likewise reindex shop/ --store index/ --dry-run
    likewise reindex shop/ --store http://qdrant:6333/shop --refit never --json
    """
    from likewise.deploy.deadline import Deadline
    from likewise.deploy.dry_run import show_plan
    from likewise.deploy.metrics import StageTimes, ended
    from likewise.evaluation.gate import Gate, GateError, GateRules
    from likewise.ingest import run
    from likewise.ingest.errors import LikewiseError

    rules = {"refit": refit, "prune_missing": not keep_missing, "keep": keep}
    if dry_run:
        show_plan(building, catalog, rules, as_json=as_json)
        return
    line = Line(log, as_json)
    watched, stages = _metrics(metrics), StageTimes(progress())
    try:
        gate = Gate(GateRules(max_drop, max_removed / 100, seed=building.recipe.seed or 0), building.cache)
        with closing(building.open_store()) as store, Deadline(stages, max_time) as deadline:
            outcome = run(building.job(catalog, store, **rules), gate, deadline)
    except BaseException as error:
        reason = str(error) if isinstance(error, LikewiseError) else type(error).__name__
        word = ended(_exit_code(error))
        line.write({"outcome": word, "error": reason}, word)
        watched(None, _exit_code(error), stages)
        raise
    refusal = _refusal(outcome)
    watched(outcome, GateError.exit_code if refusal else 0, stages)
    line.write({**outcome.to_dict(), "error": refusal}, _text(outcome), recognised_lines(outcome))
    if refusal:
        raise GateError(refusal)


class Line:
    """The line of a run that begins now, for a log file, a program or a person.

    Raises:
        ParameterError: the log cannot be written; a run that cannot be logged is not started.
    """

    def __init__(self, log: Path | None, as_json: bool) -> None:
        from likewise.ingest.errors import ParameterError

        self._log = log
        self._as_json = as_json
        self._begun = time.monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            if log is not None:
                log.open("a").close()
        except OSError as error:
            raise ParameterError(f"The log {log} cannot be written: {error.strerror}.") from error

    def write(self, facts: dict[str, Any], text: str, more: Sequence[str] = ()) -> None:
        """Append to the log and print; `more` are lines below it for people."""
        seconds = time.monotonic() - self._begun
        line = json.dumps({"started": self._started, "seconds": round(seconds, 2), **facts})
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        click.echo(line if self._as_json else "\n".join([f"{text.rstrip('.')}, {seconds:.0f} s.", *more]))


def _metrics(path: Path | None) -> Callable[[Outcome | None, int, StageTimes], None]:
    """Writes the metrics of a run, where somebody wants them."""
    from likewise.deploy.metrics import RunMetrics

    return RunMetrics(path).write if path is not None else lambda *_: None


def _exit_code(error: BaseException) -> int:
    return getattr(error, "exit_code", 130 if isinstance(error, KeyboardInterrupt) else 1)


def _refusal(outcome: Outcome) -> str | None:
    if outcome.outcome != "refused" or outcome.verdict is None:
        return None
    reasons = "; ".join(outcome.verdict.refusals)
    return (
        f"{outcome.candidate} is not published, searches stay as they were: {reasons}. Look at it with "
        "`likewise evaluate --version`, or publish it with `likewise index publish`."
    )


def _text(outcome: Outcome) -> str:
    stale = "".join(f" {line.strip().capitalize()}." for line in stale_lines(outcome))
    if outcome.outcome == "nothing":
        return f"Nothing to do: {outcome.version} holds today's {outcome.products:,} products already.{stale}"
    if outcome.outcome == "refused":
        return f"{outcome.candidate} refused; searches read {outcome.version or 'nothing yet'}."
    counts = ", ".join(f"{count:,} {name}" for name, count in outcome.changes.items() if count)
    news = "".join(f"; {line.strip()}" for line in (*schema_lines(outcome.schema_changes), *lowered_lines(outcome)))
    return (
        f"{outcome.version} {outcome.outcome} and published: {outcome.products:,} products"
        f"{f' ({counts})' if counts else ''}, {outcome.encoded:,} images encoded{news}.{stale}"
    )
