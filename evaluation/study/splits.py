"""Several held-out reports, each of another split, put together: one figure for products never seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.evaluation.scoring import MEAN
from likewise.ingest.errors import ParameterError

from .queries import STUDY_K
from .scores import Row
from .tables import PRECISION, cell

if TYPE_CHECKING:
    from pandas import Series

KEY = ["method", "category", "metric"]


@dataclass(frozen=True, slots=True)
class SplitReport:
    """One report.

    Attributes:
        name: of its folder.
        rows: its held-out figures at the study's k, by method, category and metric.
        tests: its paired tests, by method and reference.
    """

    name: str
    rows: dict[tuple[str, str, str], Row]
    tests: dict[tuple[str, str], dict[str, Any]]

    @property
    def methods(self) -> list[str]:
        """In the report's order."""
        return list(dict.fromkeys(method for method, _, _ in self.rows))


def read(folders: Sequence[Path]) -> list[SplitReport]:
    """The reports that `likewise compare --protocol held-out` wrote into these folders.

    Raises:
        ParameterError: a folder without such a report, or reports of different methods or categories.
    """
    reports = [_read(folder) for folder in folders]
    if len({tuple(report.methods) for report in reports}) > 1:
        named = "; ".join(f"{report.name}: {', '.join(report.methods)}" for report in reports)
        raise ParameterError(f"The reports compare different methods ({named}). Give each the same --methods.")
    if any(report.rows.keys() != reports[0].rows.keys() for report in reports):
        raise ParameterError("The reports have different categories or figures. Compare the same catalog, same --only.")
    return reports


def means(reports: Sequence[SplitReport]) -> Series[float]:
    """The mean over the splits, in per cent, by method, category and metric; NaN where a split has no figure."""
    return _values(reports).groupby(level=KEY, sort=False).mean(skipna=False)


def records(reports: Sequence[SplitReport]) -> list[dict[str, Any]]:
    """For machines: the mean, lowest and highest split of every method, category and metric."""
    groups = _values(reports).groupby(level=KEY, sort=False)
    table = groups.agg(lowest="min", highest="max", values=list).assign(k=STUDY_K, mean=means(reports).round(4))
    columns = [*KEY, "k", "mean", "lowest", "highest", "values"]
    summary: list[dict[str, Any]] = table.reset_index()[columns].to_dict("records")
    return summary


def markdown(reports: Sequence[SplitReport]) -> str:
    """Precision@6 by split with intervals and paired differences; means by category and attribute."""
    methods = reports[0].methods
    learned, references = methods[-1], methods[:-1]
    queries = reports[0].rows[learned, MEAN, PRECISION].n
    lines = [
        "Held-out protocol: queries removed before anything is fitted, search by picture alone. Precision@6, per cent,",
        f"with 95 % bootstrap intervals, and the paired differences over the same {queries:,} queries.",
        "",
        _line("split", *methods, *(f"{learned} minus {reference}" for reference in references)),
        _line(*["---"] * (1 + len(methods) + len(references))),
    ]
    for report in reports:
        cells = [cell(report.rows[method, MEAN, PRECISION]) for method in methods]
        differences = [_difference(report.tests.get((learned, reference))) for reference in references]
        lines.append(_line(report.name, *cells, *differences))
    mean = means(reports)
    best = mean[learned, MEAN, PRECISION]
    lines += [
        _line(
            "**mean**",
            *(f"**{mean[method, MEAN, PRECISION]:.1f}**" for method in methods),
            *(f"**{best - mean[reference, MEAN, PRECISION]:+.1f}**" for reference in references),
        ),
        "",
        "Means over the splits, by category, and for each attribute the share of hits that agree with the query:",
        "",
    ]
    of_method = [(category, metric) for method, category, metric in reports[0].rows if method == learned]
    columns = [(category, PRECISION) for category, metric in of_method if metric == PRECISION and category != MEAN]
    columns += [(MEAN, metric) for category, metric in of_method if category == MEAN and metric.startswith("match_")]
    heads = [metric.removeprefix("match_") if category == MEAN else category for category, metric in columns]
    lines += [_line("method", *heads), _line(*["---"] * (1 + len(heads)))]
    lines += [_line(method, *(f"{mean[method, *column]:.1f}" for column in columns)) for method in methods]
    return "\n".join(lines) + "\n"


def _read(folder: Path) -> SplitReport:
    try:
        table = map(Row.from_dict, json.loads((folder / "table.json").read_text("utf-8")))
        rows = {
            (row.method, row.category, row.metric): row
            for row in table
            if row.protocol == "held-out" and row.k == STUDY_K
        }
        tests = json.loads((folder / "tests.json").read_text("utf-8"))
        report = SplitReport(folder.name, rows, {(test["method"], test["reference"]): test for test in tests})
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise ParameterError(
            f"{folder} has no report that can be read ({error}). "
            "Make one with: likewise compare CATALOG --protocol held-out --out FOLDER"
        ) from error
    if not rows:
        raise ParameterError(f"{folder / 'table.json'} has no held-out row at k = {STUDY_K}. Add --protocol held-out.")
    return report


def _values(reports: Sequence[SplitReport]) -> Series[float]:
    """The figures of all reports, by method, category, metric and number of the split."""
    import pandas as pd

    figures = {(*key, at): row.value for at, report in enumerate(reports) for key, row in report.rows.items()}
    return pd.Series(figures).rename_axis([*KEY, "split"])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _difference(test: dict[str, Any] | None) -> str:
    return f"{test['difference']:+.1f} ({test['low']:+.1f} to {test['high']:+.1f})" if test else "-"
