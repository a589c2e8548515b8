"""Progress on a terminal as bars with rate and remaining time, elsewhere as plain lines for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from likewise.ingest.progress import Advance, Progress, Silent

_EVERY_SECONDS = 15.0


def progress(*, quiet: bool = False) -> Progress:
    """The reporter that fits standard error."""
    if quiet:
        return Silent()
    return Bars() if sys.stderr.isatty() else Lines()


class Bars:
    """One bar a stage."""

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Draw a bar until the stage ends."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = [SpinnerColumn(finished_text="✓"), TextColumn("{task.description:22}"), BarColumn(24)]
        counted = [MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()]
        with Progress(
            *columns,
            *(counted if total is not None else []),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        ) as bars:
            task = bars.add_task(title, total=total, rate="")
            begin = time.monotonic()
            done = 0

            def advance(units: int) -> None:
                nonlocal done
                done += units
                bars.update(task, advance=units if total is not None else 0, rate=_rate(done, begin))

            yield advance
            bars.update(task, total=total or 1, completed=total or 1)


class Lines:
    """A line when a stage ends, and one every 15 seconds meanwhile."""

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Write lines to standard error until the stage ends."""
        begin = last = time.monotonic()
        done = 0

        def advance(units: int) -> None:
            nonlocal done, last
            done += units
            now = time.monotonic()
            if total and now - last >= _EVERY_SECONDS and done < total:
                left = (total - done) * (now - begin) / done if done else 0.0
                click.echo(f"{title}: {done:,} of {total:,}, {_rate(done, begin)}, {left:.0f} s left", err=True)
                last = now

        yield advance
        spent = time.monotonic() - begin
        counted = f"{done:,}, {_rate(done, begin)}, " if done else ""
        click.echo(f"{title}: {counted}{spent:.1f} s", err=True)


def _rate(done: int, begin: float) -> str:
    return f"{done / max(time.monotonic() - begin, 1e-9):,.0f}/s"
