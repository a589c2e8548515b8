"""Several held-out reports, each of another split, put together: one figure for products never seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.evaluation.protocol import MEAN
from likewise.ingest.errors import ParameterError

from .scores import STUDY_K
from .tables import PRECISION

Rows = dict[tuple[str, str, str], dict[str, Any]]
"""By method, category and metric, at the study's k."""


@dataclass(frozen=True, slots=True)
class Split:
    """One report: its folder's name, its figures, and its paired tests."""

    name: str
    rows: Rows
    tests: list[dict[str, Any]]

    @property
    def methods(self) -> list[str]:
        """In the report's order."""
        return list(dict.fromkeys(method for method, _, _ in self.rows))


def read(folders: Sequence[Path]) -> list[Split]:
    """The reports that `likewise compare --protocol held-out` wrote into these folders.

    Raises:
        ParameterError: a folder without such a report, or reports of different methods.
    """
    splits = []
    for folder in folders:
        try:
            table = json.loads((folder / "table.json").read_text("utf-8"))
            tests = json.loads((folder / "tests.json").read_text("utf-8"))
            rows = {
                (row["method"], row["category"], row["metric"]): row
                for row in table
                if row["protocol"] == "held-out" and row["k"] == STUDY_K
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ParameterError(
                f"{folder} has no report that can be read ({error}). "
                "Make one with: likewise compare CATALOG --protocol held-out --out FOLDER"
            ) from error
        if not rows:
            raise ParameterError(
                f"{folder / 'table.json'} has no held-out row at k = {STUDY_K}. Add --protocol held-out."
            )
        splits.append(Split(folder.name, rows, tests))
    if len({tuple(split.methods) for split in splits}) > 1:
        found = "; ".join(f"{split.name}: {', '.join(split.methods)}" for split in splits)
        raise ParameterError(f"The reports compare different methods ({found}). Give each the same --methods.")
    return splits


def mean(splits: Sequence[Split], method: str, category: str = MEAN, metric: str = PRECISION) -> float:
    """Over the splits, in per cent; NaN where a report lacks the figure."""
    values = [split.rows.get((method, category, metric), {}).get("value", np.nan) for split in splits]
    return float(np.mean(values))


def records(splits: Sequence[Split]) -> list[dict[str, Any]]:
    """For machines: the mean, lowest and highest split of every method, category and metric."""
    found = []
    for method, category, metric in splits[0].rows:
        values = [split.rows[method, category, metric]["value"] for split in splits]
        summary = {"mean": round(float(np.mean(values)), 4), "lowest": min(values), "highest": max(values)}
        found.append(
            {"method": method, "category": category, "metric": metric, "k": STUDY_K, **summary, "values": values}
        )
    return found


def markdown(splits: Sequence[Split]) -> str:
    """Precision@6 by split with intervals and paired differences; means by category and attribute."""
    methods = splits[0].methods
    learned, references = methods[-1], methods[:-1]
    queries = splits[0].rows[learned, MEAN, PRECISION]["n"]
    lines = [
        "Held-out protocol: queries removed before anything is fitted, search by picture alone. Precision@6, per cent,",
        f"with 95 % bootstrap intervals, and the paired differences over the same {queries:,} queries.",
        "",
        _row("split", *methods, *(f"{learned} minus {reference}" for reference in references)),
        _row(*["---"] * (1 + len(methods) + len(references))),
    ]
    for split in splits:
        cells = [_interval(split.rows[method, MEAN, PRECISION], "value", ".1f") for method in methods]
        paired = {(test["method"], test["reference"]): test for test in split.tests}
        differences = [_interval(paired.get((learned, reference)), "difference", "+.1f") for reference in references]
        lines.append(_row(split.name, *cells, *differences))
    best = mean(splits, learned)
    lines += [
        _row(
            "**mean**",
            *(f"**{mean(splits, method):.1f}**" for method in methods),
            *(f"**{best - mean(splits, reference):+.1f}**" for reference in references),
        ),
        "",
        "Means over the splits, by category, and for each attribute the share of hits that agree with the query:",
        "",
    ]
    of_method = [(category, metric) for method, category, metric in splits[0].rows if method == learned]
    columns = [(category, PRECISION) for category, metric in of_method if metric == PRECISION and category != MEAN]
    columns += [(MEAN, metric) for category, metric in of_method if category == MEAN and metric.startswith("match_")]
    heads = [metric.removeprefix("match_") if category == MEAN else category for category, metric in columns]
    lines += [_row("method", *heads), _row(*["---"] * (1 + len(heads)))]
    for method in methods:
        lines.append(_row(method, *(f"{mean(splits, method, *column):.1f}" for column in columns)))
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(found: dict[str, Any] | None, key: str, style: str) -> str:
    return f"{found[key]:{style}} ({found['low']:{style}} to {found['high']:{style}})" if found else "-"
