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

from .scores import STUDY_K, Row
from .tables import PRECISION, cell

Rows = dict[tuple[str, str, str], Row]
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
        ParameterError: a folder without such a report, or reports of different methods or categories.
    """
    splits = []
    for folder in folders:
        try:
            table = json.loads((folder / "table.json").read_text("utf-8"))
            tests = json.loads((folder / "tests.json").read_text("utf-8"))
            rows = {
                (row.method, row.category, row.metric): row
                for row in map(Row.from_dict, table)
                if row.protocol == "held-out" and row.k == STUDY_K
            }
        except (OSError, ValueError, AttributeError, TypeError) as error:
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
    if any(split.rows.keys() != splits[0].rows.keys() for split in splits):
        raise ParameterError("The reports have different categories or figures. Compare the same catalog, same --only.")
    return splits


def mean(splits: Sequence[Split], method: str, category: str = MEAN, metric: str = PRECISION) -> float:
    """Over the splits, in per cent."""
    return float(np.mean([split.rows[method, category, metric].value for split in splits]))


def records(splits: Sequence[Split]) -> list[dict[str, Any]]:
    """For machines: the mean, lowest and highest split of every method, category and metric."""
    found = []
    for method, category, metric in splits[0].rows:
        values = [split.rows[method, category, metric].value for split in splits]
        summary = {
            "mean": round(mean(splits, method, category, metric), 4),
            "lowest": min(values),
            "highest": max(values),
        }
        found.append(
            {"method": method, "category": category, "metric": metric, "k": STUDY_K, **summary, "values": values}
        )
    return found


def markdown(splits: Sequence[Split]) -> str:
    """Precision@6 by split with intervals and paired differences; means by category and attribute."""
    methods = splits[0].methods
    learned, references = methods[-1], methods[:-1]
    queries = splits[0].rows[learned, MEAN, PRECISION].n
    lines = [
        "Held-out protocol: queries removed before anything is fitted, search by picture alone. Precision@6, per cent,",
        f"with 95 % bootstrap intervals, and the paired differences over the same {queries:,} queries.",
        "",
        _row("split", *methods, *(f"{learned} minus {reference}" for reference in references)),
        _row(*["---"] * (1 + len(methods) + len(references))),
    ]
    for split in splits:
        cells = [cell(split.rows[method, MEAN, PRECISION]) for method in methods]
        paired = {(test["method"], test["reference"]): test for test in split.tests}
        differences = [_difference(paired.get((learned, reference))) for reference in references]
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


def _difference(test: dict[str, Any] | None) -> str:
    return f"{test['difference']:+.1f} ({test['low']:+.1f} to {test['high']:+.1f})" if test else "-"
