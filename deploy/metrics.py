"""What a run did, as metrics for the node exporter's textfile collector (Prometheus's text format)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from likewise.ingest.errors import ParameterError, TimeUpError
from likewise.ingest.progress import Advance, Progress

if TYPE_CHECKING:
    from likewise.ingest import Outcome

OUTCOMES = ("nothing", "updated", "fitted", "refused", "stopped", "failed")

INDEX = "likewise_index_"
"""How the metrics begin that are about the index that searches read; a run that failed leaves them as they were."""


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Passes the stages of a job on to another reporter, and keeps how long each took.

    Attributes:
        reporter: the other one.
        seconds: title of a stage to the time spent in it.
    """

    reporter: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """As the other reporter does."""
        begin = time.monotonic()
        try:
            with self.reporter.stage(title, total) as advance:
                yield advance
        finally:
            self.seconds[title] = self.seconds.get(title, 0.0) + time.monotonic() - begin


class RunMetrics:
    """The file of one run.

    Args:
        path: of the file; it is replaced in one step when the run ends.

    Raises:
        ParameterError: it cannot be written; a run that cannot be watched is not started.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun = time.monotonic()
        self._registry = CollectorRegistry()
        self._index = _index_metrics(path)
        try:
            path.with_name(f".{path.name}.probe").touch()
            path.with_name(f".{path.name}.probe").unlink()
        except OSError as error:
            raise ParameterError(f"The metrics {path} cannot be written: {error.strerror}.") from error

    def write(self, outcome: Outcome | None, exit_code: int, stages: StageTimes) -> None:
        """Write what a run did; without an outcome it failed, or was stopped."""
        word = ended(exit_code) if outcome is None else outcome.outcome
        state = self._gauge("run_outcome", "What the last run did: 1 for its outcome, 0 for the others.", "outcome")
        for each in OUTCOMES:
            state.labels(each).set(each == word)
        self._gauge("run_exit_code", "Exit code of the last run; see the operations page.").set(exit_code)
        self._gauge("run_end_timestamp_seconds", "When the last run ended.").set(time.time())
        self._gauge("run_seconds", "How long it took.").set(time.monotonic() - self._begun)
        spent = self._gauge("run_stage_seconds", "How long each of its stages took.", "stage")
        for title, seconds in stages.seconds.items():
            spent.labels(title).set(seconds)
        if outcome is not None:
            self._gauge("run_encoded_pictures", "Pictures that the encoder had to see.").set(outcome.encoded)
            self._gauge("run_rejects", "Rows and pictures that could not be indexed.").set(len(outcome.rejects))
            changes = self._gauge("run_changes", "Products by what was done with them.", "change")
            for name, count in outcome.changes.items():
                changes.labels(name).set(count)
            if outcome.published:
                created = datetime.fromisoformat(outcome.manifest.created_at).timestamp()
                self._index = {
                    f"{INDEX}products": ("Products in the version that searches read.", outcome.products),
                    f"{INDEX}created_timestamp_seconds": ("When that version was built.", created),
                    f"{INDEX}checked_timestamp_seconds": ("When a run last found or made it up to date.", time.time()),
                }
        for name, (text, value) in self._index.items():
            Gauge(name, text, registry=self._registry).set(value)
        write_to_textfile(str(self._path), self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"likewise_{name}", text, labels, registry=self._registry)


def ended(exit_code: int) -> str:
    """The word for a run without an outcome."""
    return "stopped" if exit_code == TimeUpError.exit_code else "failed"


def _index_metrics(path: Path) -> dict[str, tuple[str, float]]:
    """Name to help and value of what an earlier run wrote of the index."""
    try:
        families = list(text_string_to_metric_families(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
    return {
        family.name: (family.documentation, family.samples[0].value)
        for family in families
        if family.name.startswith(INDEX) and family.samples
    }
