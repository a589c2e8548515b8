"""What `million.py` found, as tables and a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from .million import Found
from .million_search import KINDS, Searched

Figure = tuple[str, Callable[[Found], float | None], str]

COSTS: tuple[Figure, ...] = (
    ("written of the bare rate, %", lambda found: 100 * found.rate.share, ",.0f"),
    ("written, processor s", lambda found: found.built.write_s, ",.1f"),
    ("built, processor s", lambda found: found.built.cpu_s, ",.1f"),
    ("the same with the settings of 0.1", lambda found: found.earlier.cpu_s if found.earlier else None, ",.1f"),
    ("peak of the build, MiB", lambda found: found.built.peak_mib, ",.0f"),
    ("the same with the settings of 0.1", lambda found: found.earlier.peak_mib if found.earlier else None, ",.0f"),
    ("on the disk, MiB", lambda found: found.built.disk_mib, ",.0f"),
    ("update of 5 %, processor s", lambda found: found.updated.cpu_s, ",.1f"),
    ("opened in, s", lambda found: found.searched.open_s, ".2f"),
    ("resident after opening, MiB", lambda found: found.searched.opened_mib, ",.0f"),
    ("resident after all searches, MiB", lambda found: found.searched.resident_mib, ",.0f"),
    ("p95 of the first 500 searches, ms", lambda found: found.searched.first_p95, ".2f"),
    ("p95 everywhere, ms", lambda found: _times(found.searched, "no filter"), ".2f"),
    ("p95 with probe 1, ms", lambda found: _times(found.searched, "probe 1"), ".2f"),
    ("p95 of an exact search, ms", lambda found: _times(found.searched, "exact"), ".2f"),
)
"""What grows with an index: its name, where it is found, and how it is written."""


def markdown(found: Sequence[Found], machine: str) -> str:
    """Costs at each size with the exponents of their growth, and searches of the largest before and after an update."""
    largest = found[-1]
    head = ["", *(f"{each.products:,}" for each in found), "growth"]
    lines = [
        machine,
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for name, of, shape in COSTS:
        values = [of(each) for each in found]
        cells = ["-" if value is None else format(value, shape) for value in values]
        lines.append(f"| {name} | {' | '.join(cells)} | {_growth(found, values)} |")
    lines += ["", f"Searches by id among {largest.products:,} products, warm, ms:", ""]
    lines += _searches(largest.searched)
    update = f"After an update of {largest.updated.products:,} products, {_share(largest)} of a build"
    lines += ["", f"{update} (opened in {largest.again.open_s:.2f} s, {largest.again.opened_mib:,.0f} MiB):", ""]
    lines += _searches(largest.again)
    return "\n".join(lines) + "\n"


def _share(found: Found) -> str:
    return f"{found.updated.cpu_s / found.built.cpu_s:.1%}"


def _searches(searched: Searched) -> list[str]:
    lines = ["| search | p50 | p95 | p99 | p95 of the processor | recall@6 |", "|---|---|---|---|---|---|"]
    return lines + [
        f"| {each.kind} | {each.p50:.2f} | {each.p95:.2f} | {each.p99:.2f} | {each.cpu_p95:.2f} | {each.recall:.4f} |"
        for each in searched.times
    ]


def _times(searched: Searched, kind: str) -> float:
    return next(each.p95 for each in searched.times if each.kind == kind)


def _growth(found: Sequence[Found], values: Sequence[float | None]) -> str:
    """Exponent b of the least-squares fit `cost = a · n^b`; 1 is linear."""
    points = [(each.products, value) for each, value in zip(found, values, strict=True) if value]
    if len(points) < 2:
        return "-"
    n, cost = np.log(np.array(points, dtype=float)).T
    return f"n^{np.polyfit(n, cost, 1)[0]:.2f}"


def plot(found: Sequence[Found], path: Path) -> None:
    """Processor seconds of builds and updates, and times of searches, against the number of products."""
    from likewise.evaluation.study.figures import COLOURS, MARKERS, new

    figure, axes = new(9.5, 4.2, columns=2)
    counts = [each.products for each in found]
    costs: dict[str, list[float | None]] = {
        "built": [each.built.cpu_s for each in found],
        "built as by 0.1": [each.earlier.cpu_s if each.earlier else None for each in found],
        "update of 5 %": [each.updated.cpu_s for each in found],
    }
    searches: dict[str, list[float | None]] = {
        kind.name: [_times(each.searched, kind.name) for each in found] for kind in KINDS
    }
    for panel, series, label in zip(axes.flat, (costs, searches), ("processor seconds", "p95, ms"), strict=True):
        for at, (name, values) in enumerate(series.items()):
            there = [(n, value) for n, value in zip(counts, values, strict=True) if value]
            if there:
                panel.plot(*zip(*there, strict=True), MARKERS[at] + "-", color=COLOURS[at], markersize=5, label=name)
        panel.set(xscale="log", yscale="log", xlabel="products", ylabel=label)
        panel.set_xticks(counts, [f"{n:,}" for n in counts])
        panel.set_xticks([], minor=True)
        panel.legend(fontsize=8, frameon=False)
    axes[0, 0].set_title("Building and updating", fontsize=10)
    axes[0, 1].set_title("Searching by id, warm", fontsize=10)
    figure.savefig(path)
