"""The study's Table I beside ours, and every figure as Markdown, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from likewise.evaluation.scoring import CATEGORIES, MEAN, Scoring

from .compare import Study
from .methods import Method
from .paired_tests import PairedTest, paired_tests
from .queries import STUDY_K
from .scores import Row, rows

PRECISION = "precision"


@dataclass(frozen=True, slots=True)
class Findings:
    """A study with the rows of `table.json` and its tests."""

    study: Study
    rows: Sequence[Row]
    tests: Sequence[PairedTest]

    @classmethod
    def of(cls, study: Study) -> Self:
        """Score every method with intervals, and compare them with tests."""
        results, seed = study.results, study.seed
        found = [
            row for result in results for row in rows(result.method.name, result.protocol, result.scores, seed=seed)
        ]
        return cls(study, found, paired_tests(results, seed=seed))

    @property
    def scoring(self) -> Scoring:
        """What recommendations are scored by."""
        return self.study.scoring

    @property
    def notes(self) -> list[str]:
        """What the figures are of, in words."""
        return [self.scoring.text, *([self.study.remark] if self.study.remark else [])]

    def published(self, method: Method) -> dict[str, float]:
        """`published_figures`; none beside a catalog that has other columns than the study's."""
        return published_figures(method) if self.scoring.of_study else {}

    @property
    def categories(self) -> list[str]:
        """The categories of the queries."""
        return [name for name in dict.fromkeys(row.category for row in self.rows) if name != MEAN]

    def at_study_k(self, protocol: str) -> dict[tuple[str, str, str], Row]:
        """The rows of a protocol at the study's k, by method, category and metric."""
        return {
            (row.method, row.category, row.metric): row
            for row in self.rows
            if row.protocol == protocol and row.k == STUDY_K
        }


def write(out: Path, findings: Findings) -> None:
    """`table.json`, `table.csv`, `table.md`, `tests.json`, `costs.json` into `out`."""
    import pandas as pd

    records = [row.to_dict() for row in findings.rows]
    _write_json(out / "table.json", records)
    pd.DataFrame(records).to_csv(out / "table.csv", index=False, lineterminator="\n")
    _write_json(out / "tests.json", [test.to_dict() for test in findings.tests])
    costs = [
        {"protocol": result.protocol, "method": result.method.name, **asdict(result.costs)}
        for result in findings.study.results
    ]
    _write_json(out / "costs.json", costs)
    (out / "table.md").write_text(markdown(findings), "utf-8")


def markdown(findings: Findings) -> str:
    """One table a protocol, the published figures in italics, and the tests in words."""
    parts = []
    for protocol, split in findings.study.splits.items():
        parts.append(f"### {protocol.capitalize()} protocol, {len(split.queries)} queries\n")
        parts.append(f"{'; '.join(findings.notes)}.\n")
        parts.append(_protocol_table(findings, protocol))
        parts += [f"- {test.text}" for test in findings.tests if test.protocol == protocol]
        parts.append("")
    return "\n".join(parts)


def cell(row: Row, published: float | None = None) -> str:
    """A figure with its interval, the published one in italics."""
    study = f" *{published:.1f}*" if published is not None else ""
    return f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f}){study}"


def published_figures(method: Method) -> dict[str, float]:
    """The study's Precision@6 of a method by category, and the mean of the categories; empty for one of our own."""
    figures = {name: method.published[name] for name in CATEGORIES if name in method.published}
    return {**figures, MEAN: sum(figures.values()) / len(figures)} if figures else {}


def _protocol_table(findings: Findings, protocol: str) -> str:
    """Markdown: ours with interval, the study's figure behind it in italics, time and memory."""
    row_of = findings.at_study_k(protocol)
    columns = [*findings.categories, MEAN]
    ours = [name.replace("|", "\\|") for name in columns]
    beside = ["study's query"] if findings.scoring.of_study else []
    head = ["method", *ours, "query p50 / p99", *beside, "fit", "map all", "peak"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for result in findings.study.results:
        if result.protocol != protocol:
            continue
        method, costs, published = result.method, result.costs, findings.published(result.method)
        cells = [cell(row_of[method.name, name, PRECISION], published.get(name)) for name in columns]
        study = f"*{method.published['seconds']:g} s*" if method.published else "-"
        cells += [f"{costs.query_ms_p50:.2f} / {costs.query_ms_p99:.2f} ms", *([study] if beside else [])]
        cells += [f"{costs.fit_s:.1f} s"]
        cells += [f"{costs.transform_s:.1f} s", f"{costs.peak_mib / 1024:.2f} GiB"]
        lines.append(f"| {method.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - any JSON
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
