"""The study's Table I beside ours, and every figure as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from likewise.evaluation.protocol import CATEGORIES, MEAN

from .compare import Result, Study
from .scores import STUDY_K, Row, rows
from .verdicts import Verdict

PRECISION = "precision"


def all_rows(results: Sequence[Result], *, seed: int = 0) -> list[Row]:
    """The rows of `table.json`."""
    return [row for result in results for row in rows(result.method.name, result.protocol, result.scores, seed=seed)]


def write(out: Path, study: Study, table: Sequence[Row], tests: Sequence[Verdict]) -> None:
    """`table.json`, `table.csv`, `table.md`, `tests.json`, `costs.json` into `out`."""
    records = [row.to_dict() for row in table]
    _write_json(out / "table.json", records)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    (out / "table.csv").write_text(text.getvalue(), "utf-8")
    _write_json(out / "tests.json", [test.to_dict() for test in tests])
    costs = [
        {"protocol": result.protocol, "method": result.method.name, **asdict(result.costs)} for result in study.results
    ]
    _write_json(out / "costs.json", costs)
    (out / "table.md").write_text(markdown(study, table, tests), "utf-8")


def markdown(study: Study, table: Sequence[Row], tests: Sequence[Verdict]) -> str:
    """One table a protocol, the published figures in italics, and the verdicts."""
    parts = []
    for protocol, chosen in study.splits.items():
        parts.append(f"### {protocol.capitalize()} protocol, {len(chosen.queries)} queries\n")
        parts.append(table_one(study.results, table, protocol))
        parts += [f"- {test.text}" for test in tests if test.protocol == protocol]
        parts.append("")
    return "\n".join(parts)


def table_one(results: Sequence[Result], table: Sequence[Row], protocol: str) -> str:
    """Markdown: ours with interval, the study's figure behind it in italics, time and memory."""
    found = {
        (row.method, row.category): row
        for row in table
        if row.protocol == protocol and row.metric == PRECISION and row.k == STUDY_K
    }
    categories = [name for name in _categories(table) if name != MEAN]
    head = ["method", *categories, MEAN, "query p50 / p99", "study's query", "fit", "map all", "peak"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for result in results:
        if result.protocol != protocol:
            continue
        name, published, costs = result.method.name, result.method.published, result.costs
        cells = [cell(found[name, category], published.get(category)) for category in categories]
        ours = [published[category] for category in CATEGORIES if category in published]
        cells.append(cell(found[name, MEAN], sum(ours) / len(ours) if ours else None))
        study = f"*{published['seconds']:g} s*" if published else "-"
        cells += [f"{costs.query_ms_p50:.2f} / {costs.query_ms_p99:.2f} ms", study, f"{costs.fit_s:.1f} s"]
        cells += [f"{costs.transform_s:.1f} s", f"{costs.peak_mib / 1024:.2f} GiB"]
        lines.append(f"| {result.method.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def cell(row: Row, published: float | None = None) -> str:
    """A figure with its interval, the published one in italics."""
    study = f" *{published:.1f}*" if published is not None else ""
    return f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f}){study}"


def _categories(table: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.category for row in table))


def _write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - any JSON
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
